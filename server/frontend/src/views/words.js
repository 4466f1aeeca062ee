// The words of the pictures in English; a page may hand over others for its language.
export const words = {
  chart: "Chart",
  timeline: "Timeline",
  map: "Map",
  network: "Network",
  year: "Year",
  from: "begins",
  to: "ends",
  open: "no end is given",
  span: "from the first day to the last",
  moment: "a month or less",
  endless: "begins here, no end is given",
  drawing: "The picture is being drawn …",
  failed: "The picture cannot be drawn. The table holds the same.",
  unfit: "This answer has nothing that this kind of picture shows. The table holds it all.",
  cut: "The picture shows the first {shown} of {all}; the table has the others.",
  without: "{number} rows lack a value that the picture needs; the table has them.",
  without1: "One row lacks a value that the picture needs; the table has it.",
};

export const fill = (text, values) =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
