// The page of a question: its pictures below the table, long lists that can be narrowed, and the
// day in the citation.
import { narrow } from "./answers/choices.js";
import { dated } from "./answers/citation.js";
import { showPictures } from "./answers/pictures.js";

for (const select of document.querySelectorAll("select[data-narrow]")) narrow(select);
for (const place of document.querySelectorAll("[data-retrieved]")) dated(place);
const data = document.getElementById("answer-data");
if (data) showPictures(document.getElementById("pictures"), JSON.parse(data.textContent));
