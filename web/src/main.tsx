import "./styles/base.css";
import "./styles/layout.css";
import "./styles/controls.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { watchAttention } from "./api/pace";
import { queryClient } from "./api/queries";
import { onSessionChange, refuse, signIn, takeTokenFromAddress } from "./api/session";
import { load, WordsProvider } from "./i18n/words";
import { applyPreferences, onLanguageChange, preferences } from "./preferences";
import { router } from "./router";
import { reloadOnceWhenChunksAreGone } from "./shell/newVersion";
import { tokenFromIssuer } from "./shell/singleSignOn";

takeTokenFromAddress();
applyPreferences();
await comeBackFromIssuer();
watchAttention();
reloadOnceWhenChunksAreGone();
// Nothing that one person was shown is left for the next.
onSessionChange(() => queryClient.clear());
// The API's sentences come in the reader's language, too.
onLanguageChange(() => void queryClient.invalidateQueries());

/** Sign in who comes back from the issuer of their company. */
async function comeBackFromIssuer(): Promise<void> {
  try {
    const token = await tokenFromIssuer();
    if (token) signIn(token);
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
  }
}

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
