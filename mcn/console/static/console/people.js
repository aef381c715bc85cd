// Adds up the weights of a session's hosts while they are typed. The server checks the sum all the same.
(() => {
  const show = (box) => {
    // In units of 0.0001 %, so that nothing is lost.
    let sum = 0;
    box.querySelectorAll(`[name^="${box.dataset.sumOf}"]`).forEach((input) => {
      const units = Math.round(Number(input.value) * 1e4);
      sum += Number.isFinite(units) ? units : 0;
    });
    const output = box.querySelector("[data-sum]");
    output.textContent = `${(sum / 1e4).toLocaleString("en", { maximumFractionDigits: 4 })} %`;
    output.classList.toggle("is-wrong", sum > 100 * 1e4);
  };
  document.querySelectorAll("[data-sum-of]").forEach((box) => {
    show(box);
    box.addEventListener("input", () => show(box));
  });
})();
