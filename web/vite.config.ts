import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `make web-dev` names the deployment whose API the page is to talk to.
const deployment = new URL(process.env.BATON_URL ?? "http://127.0.0.1:4566");
const prefix = deployment.pathname.replace(/\/$/, "");
const toDeployment = {
  target: deployment.origin,
  changeOrigin: true,
  rewrite: (path: string) => `${prefix}${path}`,
};

// What draws dialogs and menus, which the first view has none of.
const ARIA = /react-aria|react-stately|@internationalized/;

export default defineConfig({
  // Relative, because only the browser knows where the deployment is (see src/base.ts).
  base: "./",
  plugins: [react()],
  build: {
    target: "es2023",
    // Nothing inline: the content security policy allows files of the deployment alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What several pages share is one file: each file may be a cold start of the Lambda that serves it.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "core", test: (id) => !ARIA.test(id), minShareCount: 3, priority: 2 },
            { name: "aria", test: ARIA, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/v1": toDeployment, "/docs": toDeployment, "/healthz": toDeployment } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.{ts,tsx}"] },
});
