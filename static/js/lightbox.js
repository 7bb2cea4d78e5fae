// Pictures over the page: ← and → go through those of the same list, Esc closes, and the focus goes back.
import { $, $$, element, icon } from "./dom.js";

export function start() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-lightbox]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });
}

function button(name, label, press) {
  const b = element("button", "ibtn");
  b.type = "button";
  b.title = label;
  b.setAttribute("aria-label", label);
  b.append(icon(name));
  b.addEventListener("click", press);
  return b;
}

function open(link) {
  const links = $$("a[data-lightbox]", link.closest("#panel, #log, main"));
  const dialog = element("dialog", "lightbox");
  const stage = element("div", "stage");
  const title = element("p");
  title.setAttribute("aria-live", "polite");
  stage.tabIndex = 0;
  let at = links.indexOf(link);
  let zoom;

  const show = () => {
    const { name, about } = links[at].dataset;
    const img = element("img");
    img.src = links[at].href;
    img.alt = name;
    stage.replaceChildren(img);
    unzoom(false);
    title.replaceChildren(name, element("span", "", `${about}${links.length > 1 ? `, ${at + 1} of ${links.length}` : ""}`));
    const save = $("a[download]", dialog);
    save.href = links[at].href;
    save.download = name;
  };
  const unzoom = (on = !dialog.classList.contains("zoomed")) => {
    dialog.classList.toggle("zoomed", on);
    zoom.setAttribute("aria-pressed", String(on));
  };
  const step = (by) => {
    at = (at + by + links.length) % links.length;
    show();
  };

  const save = element("a", "ibtn");
  save.title = "Download";
  save.setAttribute("aria-label", "Download");
  save.setAttribute("download", "");
  save.append(icon("download"));
  const head = element("header");
  zoom = button("zoom-in", "Full size", () => unzoom());
  head.append(title, zoom, save, button("x", "Close", () => dialog.close()));
  dialog.append(head, stage);
  if (links.length > 1) {
    const back = button("arrow-left", "Picture before", () => step(-1));
    const on = button("arrow-right", "Next picture", () => step(1));
    back.classList.add("step", "back");
    on.classList.add("step", "on");
    dialog.append(back, on);
  }
  dialog.setAttribute("aria-label", "Picture");
  stage.addEventListener("click", (event) => (event.target === stage ? dialog.close() : unzoom()));
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && links.length > 1 && !dialog.classList.contains("zoomed")) {
      event.preventDefault();
      step(by);
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    links[at].isConnected ? links[at].focus() : link.focus();
  });
  document.body.append(dialog);
  show();
  dialog.showModal();
  stage.focus();
}
