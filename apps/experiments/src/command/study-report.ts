import { runTitle } from "../configuration/title.js";
import type { RunStore } from "../run/store.js";
import type { GroupResult, Study } from "../study/study.js";
import type { Report, ReportPicture } from "../view/report.js";

/** The page of a study: its views, a picture of the first run of each group, and with what each was made. */
export async function studyReport(study: Study, results: readonly GroupResult[], store: RunStore): Promise<Report> {
  const firsts = results.flatMap(({ group, runs }) => {
    const record = runs.find(({ measures }) => measures !== undefined)?.record;
    return record ? [{ group, record }] : [];
  });
  const pictures = await Promise.all(
    firsts.map(async ({ group, record }): Promise<ReportPicture[]> => {
      const [first] = record.pictures;
      const png = first && (await store.read(record.id, first.file));
      return first && png ? [{ caption: `${Object.values(group.labels).join(", ")}. ${first.caption}`, png }] : [];
    }),
  );
  const details = firsts.map(({ record: { id, configuration, environment, measures } }) => ({
    title: `${runTitle(configuration)} on ${configuration.data.name}, run ${id}`,
    text: JSON.stringify({ configuration, environment, measures }, null, 1),
  }));
  return { title: study.title, ...study.views(results), pictures: pictures.flat(), details };
}
