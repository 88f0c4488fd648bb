/** What other scripts put into the page. */
interface Window {
  htmx: {
    process(element: Element): void;
    ajax(
      verb: string,
      path: string,
      context: { target: string; swap: string; values?: Record<string, string> },
    ): Promise<void>;
  };
}

/** The elements that other modules look up in the page. */
interface HTMLElementTagNameMap {
  "flash-player": import("./elements/flash-player.js").FlashPlayer;
  "flash-transcript": import("./lib/transcript.js").Transcript;
  "key-settings": import("./elements/key-settings.js").KeySettings;
  "side-panel": import("./elements/side-panel.js").SidePanel;
  "wave-zoom": import("./elements/wave-zoom.js").WaveZoom;
}

/** From `node_modules`; the settings name where it is served. */
declare module "*/vendor/wavesurfer/wavesurfer.esm.js" {
  export { default } from "wavesurfer.js";
}
