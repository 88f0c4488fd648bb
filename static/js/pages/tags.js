// @ts-check
import "../elements/bulk-actions.js";
