// Sends the token, and goes where the reader wanted to go. The token is kept nowhere: the answer
// sets a cookie that no script can read.

const form = document.getElementById("login");
const field = document.getElementById("token");
const problem = document.getElementById("problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  try {
    const response = await fetch("/login", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: field.value.trim() }) });
    if (response.ok) { goOn(); return; }
    tell((await response.json()).detail);
  } catch {
    tell("the coordinator cannot be reached");
  }
});

/** This page stands at its own address, or in place of one that is not for everybody. */
function goOn() {
  field.value = "";
  if (location.pathname === "/login") location.replace(`/${location.hash}`);
  else location.reload();
}

function tell(text) {
  problem.textContent = text;
  problem.hidden = false;
  field.select();
}
