/** What other scripts put into the page. */
interface Window {
  htmx: {
    process(element: Element): void;
    ajax(verb: string, path: string, context: { target: string; swap: string }): Promise<void>;
  };
}
