// The page of a question: its pictures below the table, and long lists that can be narrowed.
import { narrow } from "./answers/choices.js";
import { showPictures } from "./answers/pictures.js";

for (const select of document.querySelectorAll("select[data-narrow]")) narrow(select);
const data = document.getElementById("answer-data");
if (data) showPictures(document.getElementById("pictures"), JSON.parse(data.textContent));
