// Runs before the page is painted, so that a chosen theme does not flash. Without a choice the system decides.
const choice = (() => {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // storage is switched off
  }
})();
if (choice === "light") document.documentElement.dataset.theme = "pegasus";
if (choice === "dark") document.documentElement.dataset.theme = "pegasus-dark";
document.documentElement.classList.add("js");
