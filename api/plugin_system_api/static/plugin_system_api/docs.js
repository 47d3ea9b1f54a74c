"use strict";

(() => {
  const page = document.getElementById("docs");
  const base = page.dataset.base;
  const reads = ["GET", "HEAD"];

  // The document says where the manual mounts the API; what is tried out goes to where it is mounted here.
  const mountedHere = () => ({
    statePlugins: {
      spec: {
        wrapActions: {
          updateJsonSpec: (original) => (spec) => original({ ...spec, servers: [{ url: base }] }),
        },
      },
    },
  });

  // For people who are logged in by session: Django wants its token with every write.
  const withToken = (request) => {
    if (!reads.includes((request.method || "GET").toUpperCase())) {
      request.headers[page.dataset.csrfHeader] = page.dataset.csrfToken;
    }
    return request;
  };

  window.SwaggerUIBundle({
    url: `${base}/schema/`,
    domNode: page,
    deepLinking: true,
    validatorUrl: null,
    plugins: [mountedHere],
    requestInterceptor: withToken,
  });
})();
