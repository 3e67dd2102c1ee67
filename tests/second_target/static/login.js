// Two steps on one page: who, then the proof.
const [who, prove] = ["who", "prove"].map((id) => document.getElementById(id));
const post = (body) => fetch("/api/session", { method: "POST", body: JSON.stringify(body) });

who.querySelector("button").addEventListener("click", async () => {
  await post({ email: who.querySelector("input").value });
  who.hidden = true;
  prove.hidden = false;
});
prove.querySelector("button").addEventListener("click", async () => {
  const answer = await post({ email: who.querySelector("input").value, passcode: prove.querySelector("input").value });
  if (answer.ok) location.assign("/");
  else prove.querySelector("[role=alert]").textContent = (await answer.json()).error;
});
