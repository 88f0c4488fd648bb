// @ts-check
import "../elements/tick-all.js";
