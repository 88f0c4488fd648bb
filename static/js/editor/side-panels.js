// @ts-check
/** Panels, menus and dialogs, each of which registers its own commands; and what others change meanwhile. */

import "../elements/side-panel.js";
import "../elements/wave-zoom.js";
import "../elements/row-menu.js";
import "../elements/shift-dialog.js";
import "../elements/find-panel.js";
import "./selecting.js";
import "./glance.js";
import "./remembering.js";
import "./offers.js";
import "./review-panel.js";
import "./speaker-menu.js";
import "../elements/guided-tour.js";
import { Live } from "./live.js";

export { Live };
