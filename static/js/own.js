// The square of a picture, and new passkeys: on the pages of one's own account alone.
import { $, element, toast } from "./dom.js";

// crop lets people choose a square of the picture that they are about to send: by pointer, or with the arrow keys and + and -.
export function crop(form) {
  const stage = $("[data-crop-stage]", form);
  const file = form.elements.file;
  let image, square, at; // at is the square in pixels of the picture
  const scale = () => image.naturalWidth / image.clientWidth;

  function place(x, y, side) {
    const most = Math.min(image.naturalWidth, image.naturalHeight);
    side = Math.min(most, Math.max(Math.min(64, most), side));
    const within = (n, room) => Math.min(Math.max(n, 0), room - side);
    at = { x: within(x, image.naturalWidth), y: within(y, image.naturalHeight), side };
    for (const [name, value] of Object.entries(at)) form.elements[name].value = Math.round(value);
    const by = scale();
    Object.assign(square.style, { left: `${at.x / by}px`, top: `${at.y / by}px`, width: `${side / by}px`, height: `${side / by}px` });
  }

  function drag(event) {
    event.preventDefault();
    square.focus();
    square.setPointerCapture(event.pointerId);
    const from = { ...at };
    const grip = event.target.closest(".crop-grip");
    const move = (e) => {
      const dx = (e.clientX - event.clientX) * scale();
      const dy = (e.clientY - event.clientY) * scale();
      if (!grip) return place(from.x + dx, from.y + dy, from.side);
      const room = Math.min(image.naturalWidth - from.x, image.naturalHeight - from.y);
      place(from.x, from.y, Math.min(room, from.side + Math.max(dx, dy)));
    };
    square.addEventListener("pointermove", move);
    square.addEventListener("lostpointercapture", () => square.removeEventListener("pointermove", move), { once: true });
  }

  function key(event) {
    const step = (event.shiftKey ? 1 : 10) * scale();
    const moves = { ArrowLeft: [-step, 0, 0], ArrowRight: [step, 0, 0], ArrowUp: [0, -step, 0], ArrowDown: [0, step, 0], "+": [0, 0, step], "-": [0, 0, -step] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    place(at.x + move[0] - move[2] / 2, at.y + move[1] - move[2] / 2, at.side + move[2]);
  }

  file.addEventListener("change", () => {
    if (image) URL.revokeObjectURL(image.src);
    ["x", "y", "side"].forEach((name) => { form.elements[name].value = ""; });
    stage.replaceChildren();
    stage.hidden = true;
    if (!file.files[0]) return;
    image = element("img");
    image.alt = "";
    square = element("div", "crop-square");
    square.tabIndex = 0;
    square.setAttribute("role", "group");
    square.setAttribute("aria-label", "The square that is kept. Arrow keys move it, plus and minus change its size.");
    square.append(element("div", "crop-grip"));
    square.addEventListener("pointerdown", drag);
    square.addEventListener("keydown", key);
    image.addEventListener("load", () => {
      stage.hidden = false;
      const side = Math.min(image.naturalWidth, image.naturalHeight);
      place((image.naturalWidth - side) / 2, (image.naturalHeight - side) / 2, side);
    });
    image.src = URL.createObjectURL(file.files[0]);
    stage.append(image, square);
  });
  addEventListener("resize", () => at && !stage.hidden && place(at.x, at.y, at.side));
  if (file.files.length) file.dispatchEvent(new Event("change")); // chosen before this was here
}

// addPasskey carries out the ceremony: the server's options, the authenticator, the server's verdict.
export async function addPasskey(form) {
  const button = $("button", form);
  button.disabled = true;
  try {
    const options = await ask("/api/auth/passkey/generate-register-options");
    if (!options) return;
    const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    const name = form.elements.name.value.trim();
    if (await ask("/api/auth/passkey/verify-registration", { response: made.toJSON(), name: name || undefined })) location.reload();
  } catch (error) {
    toast(reason(error), true);
  } finally {
    button.disabled = false;
  }
}

function reason(error) {
  if (error.name === "InvalidStateError") return "This device has a passkey for your account already.";
  if (error.name === "NotAllowedError") return "No passkey was made: it was cancelled, or took too long.";
  if (error.name === "TypeError" && !window.PublicKeyCredential?.parseCreationOptionsFromJSON) return "This browser is too old for passkeys.";
  return "That did not work. Please try again.";
}

// ask calls the API. It returns nothing where the person has been told, or sent on to confirm who they are.
async function ask(url, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(url, { credentials: "same-origin", ...options });
  const answer = await response.json();
  if (response.ok) return answer;
  if (answer.code === "SESSION_NOT_FRESH") location.assign("/profile/security/confirm?returnTo=/profile/security");
  else toast(answer.message || "That did not work. Please try again.", true);
  return null;
}
