// Reads {theme: {colour: "#rrggbb"}} from standard input and prints the scales that the design system makes of them,
// {theme: {scheme: {colour: {role: "#rrggbb"}}}}, without writing any style sheet: scripts/themes.py measures these.
import { generateColorSchemes } from "@digdir/designsystemet/color";
import { readFileSync } from "node:fs";

const scale = (colours) => Object.fromEntries(colours.map(({ name, hex }) => [name, hex]));
const themes = JSON.parse(readFileSync(0, "utf8"));
const measured = {};
for (const [theme, colours] of Object.entries(themes)) {
  measured[theme] = { light: {}, dark: {} };
  for (const [name, hex] of Object.entries(colours)) {
    const made = generateColorSchemes(hex);
    for (const scheme of ["light", "dark"]) measured[theme][scheme][name] = scale(made[scheme]);
  }
}
process.stdout.write(JSON.stringify(measured));
