// The page of the API's description: reads it from this agency's own address.
(() => {
  const place = document.getElementById("description");
  window.SwaggerUIBundle({
    url: place.dataset.address,
    domNode: place,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    validatorUrl: null,
  });
})();
