// The rules for the scripts of the pages. They are classic scripts, each a function that is called
// at once; what one gives to others is a member of `window.squash` (see squash.d.ts).
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: {
      ecmaVersion: 2023,
      sourceType: "script",
      globals: { ...globals.browser, squash: "readonly", Bokeh: "readonly" },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "max-len": ["error", { code: 120, ignoreStrings: true, ignoreTemplateLiterals: true }],
      "max-lines-per-function": "off",
      "no-implicit-globals": "error",
      "no-redeclare": "error",
      "no-shadow": ["error", { hoist: "functions" }],
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-var": "error",
      "one-var": ["error", "never"],
      "prefer-const": "error",
      strict: ["error", "global"],
    },
  },
];
