// Choosing an emoji. What it takes is fetched when somebody first wants one.
import { toast } from "./dom.js";

// pick shows the picker beside an element and returns the emoji that was chosen, or nothing.
export async function pick(anchor) {
  try {
    const { open } = await import(document.body.dataset.picker);
    return await open(anchor, document.body.dataset.emoji);
  } catch {
    toast("No connection. Please try again.", true);
  }
}
