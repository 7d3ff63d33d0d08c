// What a mark says under a mouse, for fingers and keys: a tap near it, or an arrow key in its plot, shows the text.
const NEAR = 24; // pixels around a finger
const shown = document.createElement("p");
shown.id = "tip";
shown.hidden = true;
shown.setAttribute("role", "status");
document.body.append(shown);

for (const plot of document.querySelectorAll("svg.plot")) {
  const marks = [...plot.querySelectorAll("g")].filter((group) => group.firstElementChild?.nodeName === "title");
  if (!marks.length) continue;
  plot.setAttribute("tabindex", "0");
  let at = -1;
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    at = at < 0 ? (step > 0 ? 0 : marks.length - 1) : (at + step + marks.length) % marks.length;
    show([marks[at]]);
  });
  plot.addEventListener("blur", hide);
  plot.addEventListener("click", (event) => {
    event.stopPropagation();
    const far = marks.map((mark) => distance(mark.getBoundingClientRect(), event));
    const least = Math.min(...far);
    least > NEAR ? hide() : show(marks.filter((_, index) => far[index] <= least + 1));
  });
}
document.addEventListener("click", hide);
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());

function distance(box, { clientX, clientY }) {
  const across = Math.max(box.left - clientX, clientX - box.right, 0);
  return Math.hypot(across, Math.max(box.top - clientY, clientY - box.bottom, 0));
}

// Marks that lie on each other are told together.
function show(marks) {
  const box = marks[0].getBoundingClientRect();
  shown.textContent = [...new Set(marks.map((mark) => mark.firstElementChild.textContent))].join("\n");
  shown.hidden = false;
  const most = document.documentElement.clientWidth - shown.offsetWidth - 8;
  shown.style.left = `${Math.max(8, Math.min((box.left + box.right - shown.offsetWidth) / 2, most)) + scrollX}px`;
  shown.style.top = `${Math.max(8, box.top - shown.offsetHeight - 8) + scrollY}px`;
}

function hide() {
  shown.hidden = true;
}
