// For emcc, which asks for a body of everything that a module imports; web/src/engine/local/reader.ts has the real ones.
mergeInto(LibraryManager.library, {
  page_pass: function (pass) {},
  page_found: function (codes, size) {},
  page_stop: function () {},
  page_zxing: function (data, width, height, stride, formats, formatsSize, effort, lines, guess, batch) {},
});
