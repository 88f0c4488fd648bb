// @ts-check
/** The page for importing: its drop zones; a file that is dropped beside them does not open in place of the page. */

import "../elements/file-drop.js";
import { holdFiles } from "../lib/dropped-files.js";

holdFiles(document, () => {});
