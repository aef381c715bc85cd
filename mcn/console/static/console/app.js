// Small behaviours of the pages. Everything works without them, only less comfortably.
(() => {
  const closest = (event, selector) => event.target instanceof Element && event.target.closest(selector);

  document.addEventListener("click", (event) => {
    const opener = closest(event, "[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    if (closest(event, "[data-dialog-close]") || event.target instanceof HTMLDialogElement) {
      event.target.closest("dialog").close();
      return;
    }
    const note = closest(event, "[data-dismiss]");
    if (note) {
      note.closest(".note").remove();
      return;
    }
    const shell = document.querySelector(".shell");
    if (closest(event, "[data-sidebar]")) {
      shell.classList.toggle("is-open");
    } else if (shell && shell.classList.contains("is-open") && !closest(event, ".sidebar")) {
      shell.classList.remove("is-open");
    }
    const copy = closest(event, "[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(copy.dataset.copy);
    }
  });

  // Of a long sidebar, the part with this page is shown.
  document.querySelector(".sidebar .is-current")?.scrollIntoView({ block: "nearest" });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelector(".shell.is-open")?.classList.remove("is-open");
    }
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    if (event.key === "/" && !typing) {
      const search = document.querySelector("input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
  });

  document.addEventListener("change", (event) => {
    const form = closest(event, "form[data-autosubmit]");
    if (form) {
      form.requestSubmit();
    }
  });

  // A form is sent once: a second click while the answer is on its way does nothing.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || event.defaultPrevented) {
      return;
    }
    if (event.target.dataset.sent) {
      event.preventDefault();
      return;
    }
    event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  // Charts: <div class="chart" data-chart="id of a JSON script" data-unit="yuan">. Amounts arrive in yuan.
  const shorten = (value) => {
    const chinese = document.documentElement.lang.startsWith("zh");
    const steps = chinese ? [[1e8, "亿"], [1e4, "万"]] : [[1e9, "B"], [1e6, "M"], [1e3, "k"]];
    for (const [size, unit] of steps) {
      if (Math.abs(value) >= size) {
        return `${Number((value / size).toFixed(2)).toLocaleString()}${unit}`;
      }
    }
    return Number(value).toLocaleString();
  };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const draw = (element) => {
    const options = JSON.parse(document.getElementById(element.dataset.chart).textContent);
    const chart = window.echarts.getInstanceByDom(element) ?? window.echarts.init(element);
    const muted = colour("--mcn-muted");
    const line = colour("--tblr-border-color");
    const axis = {
      axisLabel: { color: muted, formatter: element.dataset.unit === "yuan" ? shorten : undefined },
      axisLine: { lineStyle: { color: line } },
      splitLine: { lineStyle: { color: line } },
    };
    chart.setOption(
      {
        color: ["#2b59d9", "#12a594", "#e5922f", "#8a63d2", "#d6409f", "#6b7a90"],
        textStyle: { fontFamily: colour("--tblr-font-sans-serif"), color: muted },
        grid: { left: 8, right: 12, top: 36, bottom: 4, containLabel: true },
        legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: muted } },
        ...options,
        // Rich text is drawn on the canvas; an HTML tooltip would need inline styles, which the policy forbids.
        tooltip: {
          trigger: "axis",
          renderMode: "richText",
          valueFormatter: (value) => (element.dataset.unit === "yuan" ? `¥${Number(value).toLocaleString(undefined, { minimumFractionDigits: 2 })}` : value),
          ...options.tooltip,
        },
        xAxis: { ...axis, axisLabel: { color: muted }, splitLine: { show: false }, ...options.xAxis },
        yAxis: { ...axis, ...options.yAxis },
      },
      true,
    );
    return chart;
  };
  const drawAll = (root) => window.echarts && root.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
  window.addEventListener("resize", () => {
    document.querySelectorAll("[data-chart]").forEach((element) => window.echarts?.getInstanceByDom(element)?.resize());
  });
})();
