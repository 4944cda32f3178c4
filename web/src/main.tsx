import "./styles/base.css";
import "./styles/layout.css";
import "./styles/controls.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { watchAttention } from "./api/pace";
import { queryClient } from "./api/queries";
import { onSessionChange, takeTokenFromAddress } from "./api/session";
import { load, WordsProvider } from "./i18n/words";
import { applyPreferences, preferences } from "./preferences";
import { router } from "./router";
import { reloadOnceWhenChunksAreGone } from "./shell/newVersion";

takeTokenFromAddress();
applyPreferences();
watchAttention();
reloadOnceWhenChunksAreGone();
// Nothing that one person was shown is left for the next.
onSessionChange(() => queryClient.clear());

const words = await load(preferences.get().language);
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <WordsProvider first={words}>
          <RouterProvider router={router} />
        </WordsProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
