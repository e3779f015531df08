document.querySelectorAll('.map thead button').forEach(function (button) {
  button.addEventListener('click', function () {
    var head = button.parentElement, row = head.parentElement, at = Array.prototype.indexOf.call(row.children, head);
    var down = head.getAttribute('aria-sort') === 'ascending', body = document.querySelector('.map tbody');
    Array.prototype.forEach.call(row.children, function (each) { each.removeAttribute('aria-sort') });
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    var lines = Array.prototype.slice.call(body.rows);
    lines.sort(function (a, b) {
      var x = a.cells[at].dataset.key, y = b.cells[at].dataset.key;
      var one = isNaN(x) || isNaN(y) ? x.localeCompare(y, undefined, {numeric: true}) : x - y;
      return down ? -one : one;
    });
    lines.forEach(function (line) { body.appendChild(line) });
  });
});
document.querySelectorAll('button[data-copy]').forEach(function (button) {
  var words = button.textContent;
  function said(done) {
    button.textContent = done ? 'Copied' : 'Could not be copied';
    setTimeout(function () { button.textContent = words }, 2000);
  }
  function byHand() {
    var area = document.createElement('textarea');
    area.value = button.dataset.copy;
    document.body.appendChild(area);
    area.select();
    said(document.execCommand('copy'));
    area.remove();
    button.focus();
  }
  button.addEventListener('click', function () {
    if (!navigator.clipboard) { byHand(); return }
    navigator.clipboard.writeText(button.dataset.copy).then(function () { said(true) }, byHand);
  });
});
