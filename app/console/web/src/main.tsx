import { render } from "preact";
import { App } from "./app";
import { applyTheme } from "./parts/theme";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/shell.css";
import "./styles/pages.css";

applyTheme();
const root = document.getElementById("console");
if (root) render(<App />, root);
