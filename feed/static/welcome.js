// Saves typing: the code that stands behind "#" goes into its field, and out of the address.
"use strict";
(() => {
  const take = () => {
    const field = document.getElementById("code");
    const code = decodeURIComponent(location.hash.slice(1));
    if (!field || !code) return;
    field.value = code;
    history.replaceState(null, "", location.pathname);
    document.querySelector("form[action='/welcome'] button").focus();
  };
  take();
  addEventListener("hashchange", take);
})();
