import { readdirSync } from "node:fs";

const CSS = `${import.meta.dirname}/css`;
const SHEETS = readdirSync(CSS).map((name) => `${CSS}/${name}`);

export default {
  extends: "stylelint-config-standard",
  plugins: ["stylelint-value-no-unknown-custom-properties"],
  rules: {
    // A property that no style sheet defines makes its declaration void, and nothing else says so.
    "csstools/value-no-unknown-custom-properties": [true, { importFrom: SHEETS }],
    "color-hex-length": "long",
    // A custom property that is a length says so, at zero too.
    "length-zero-no-unit": null,
    "value-keyword-case": ["lower", { ignoreKeywords: ["Menlo", "Consolas"] }],
    // Rules stand by what they are about, empty lines between groups of declarations.
    "no-descending-specificity": null,
    // The second is for browsers that know it.
    "declaration-block-no-duplicate-properties": [true, { ignore: ["consecutive-duplicates-with-different-values"] }],
    "custom-property-empty-line-before": null,
    "declaration-empty-line-before": null,
  },
};
