// The look of Pegasus in one place: every colour, measure and face that the style sheet and the pages use.
const plugin = require("tailwindcss/plugin");

// Text colours keep at least 4.5:1 on every surface that they stand on.
const light = {
  paper: "#fbfaf8", side: "#f3f1ec", raise: "#ffffff", line: "#e6e2da", ink: "#211f1b", soft: "#5f5a52", faint: "#6d675d",
  accent: "#3148d4", "accent-soft": "#e8ebfc", "on-accent": "#ffffff", mention: "#fff3d1", "mention-line": "#e9b949",
  ok: "#2f9e63", warn: "#c77d18", bad: "#b4322d", "bad-soft": "#fbeae8", code: "#f3f1ec", hover: "#211f1b0a",
  "syn-key": "#7a33e0", "syn-text": "#0a6b42", "syn-name": "#2456c7", "syn-note": "#6d675d", "syn-num": "#9a4a07",
};
const dark = {
  paper: "#171614", side: "#1d1c19", raise: "#22201d", line: "#33302b", ink: "#ece8e0", soft: "#b0a99d", faint: "#a69f92",
  accent: "#97a6ff", "accent-soft": "#262a45", "on-accent": "#14162a", mention: "#3a3118", "mention-line": "#b98a2c",
  ok: "#58c48a", warn: "#e0a04a", bad: "#f08a82", "bad-soft": "#3a2321", code: "#22201d", hover: "#ece8e00b",
  "syn-key": "#c49bff", "syn-text": "#7bd4a4", "syn-name": "#8fb3ff", "syn-note": "#989184", "syn-num": "#e8b26a",
};

// White initials stand on these.
const avatars = ["#b04f29", "#237a70", "#7a4fd0", "#a83a6c", "#2b6cab", "#7a6113", "#43752f", "#5b6472"];

const vars = (tokens) => Object.fromEntries(Object.entries(tokens).map(([name, value]) => [`--${name}`, value]));

module.exports = {
  content: ["./views/**/*.templ", "./views/**/*.go", "./static/js/**/*.js"],
  darkMode: ["selector", '[data-theme="pegasus-dark"]'],
  theme: {
    extend: {
      colors: Object.fromEntries(Object.keys(light).map((name) => [name, `var(--${name})`])),
      fontFamily: {
        sans: ['"Inter Variable"', "system-ui", "sans-serif"],
        mono: ['"JetBrains Mono"', "ui-monospace", "monospace"],
      },
      borderRadius: { card: "10px", ctl: "8px" },
      boxShadow: { float: "0 2px 8px #0000000f", sheet: "0 12px 40px #00000029" },
    },
  },
  plugins: [
    plugin(({ addBase }) => {
      addBase({
        ":root, [data-theme=pegasus]": vars(light),
        "[data-theme=pegasus-dark]": vars(dark),
        "@media (prefers-color-scheme: dark)": { ":root:not([data-theme])": vars(dark) },
        ...Object.fromEntries(avatars.map((colour, i) => [`.av-${i}`, { "background-color": colour }])),
      });
    }),
  ],
};
