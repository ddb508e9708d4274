import { useState } from "preact/hooks";

const KEPT_AT = "scaigrid.theme";
const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

function chosen(): Theme {
  const kept = localStorage.getItem(KEPT_AT) as Theme | null;
  return kept && THEMES.includes(kept) ? kept : "system";
}

export function applyTheme(theme: Theme = chosen()): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState(chosen());
  const choose = (next: Theme) => {
    localStorage.setItem(KEPT_AT, next);
    applyTheme(next);
    setTheme(next);
  };
  return (
    <label class="theme">
      <span class="quiet">Theme</span>
      <select value={theme} onChange={(event) => choose(event.currentTarget.value as Theme)}>
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
