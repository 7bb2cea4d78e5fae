// Takes a preview away in its place; the stream tells the others.
import { problem, request, toast } from "./dom.js";

export function start() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-unpreview]")) return;
    event.preventDefault();
    const answer = await request(form.action, { url: form.elements.url.value }).catch(() => null);
    if (!answer?.ok) return toast(answer ? problem(answer) : "No connection. Please try again.", true);
    form.closest(".preview")?.remove();
  });
}
