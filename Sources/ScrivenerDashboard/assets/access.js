// Who is logged in. Where nobody has to be, there is nothing to show.

import { get, post } from "./api.js";
import { attempt } from "./notice.js";

/** Shows the button that logs out where a log-in can end. */
export async function startAccess(button) {
  button.addEventListener("click", () => attempt(async () => {
    await post("/logout");
    location.assign("/login");
  }, "Logged out"));
  try {
    const access = await get("/v1/access");
    button.hidden = !access.login_ends_at;
    if (access.token) button.title = `Logged in with the token ${access.token}, ${access.scope}`;
  } catch {
    // The pool's own link says what is wrong.
  }
}
