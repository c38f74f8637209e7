import { runTitle } from "../configuration/title.js";
import type { RunStore } from "../run/store.js";
import { labelsInWords } from "../study/curves.js";
import { differencesTable, runsTable } from "../study/provenance.js";
import type { GroupResult, Study, StudyViews } from "../study/study.js";
import { vertexDistanceChart } from "../study/vertex-distances.js";
import type { Report, ReportPicture } from "../view/report.js";

/**
 * The page of a study: its views, the distances of draws from vertices, the pictures of the first measured run of each
 * group, and the environment of each run. It reads only small files, so a run without its weights gives the same page.
 */
export async function studyReport(
  study: Study,
  views: StudyViews,
  results: readonly GroupResult[],
  store: RunStore,
): Promise<Report> {
  const firsts = results.flatMap((result) => {
    const record = result.runs.find(({ measures }) => measures !== undefined)?.record;
    return record ? [{ name: labelsInWords(result), record }] : [];
  });
  const pictures = await Promise.all(
    firsts.flatMap(({ name, record }) =>
      record.pictures.map(async ({ file, caption }): Promise<ReportPicture[]> => {
        const png = await store.read(record.id, file);
        return png ? [{ caption: `${name}. ${caption}`, png }] : [];
      }),
    ),
  );
  const details = firsts.map(({ record: { id, configuration, environment, measures } }) => ({
    title: `${runTitle(configuration)} on ${configuration.data.name}, run ${id}`,
    text: JSON.stringify({ configuration, environment, measures }, null, 1),
  }));
  const distances = vertexDistanceChart(
    "vertex-distances",
    "Distance of posterior draws of test images from the nearest vertex; solid: after training, dashed: before",
    [{ title: "", results }],
    labelsInWords,
  );
  return {
    title: study.title,
    headlines: views.headlines,
    tables: views.tables,
    charts: [...views.charts, ...distances],
    pictures: pictures.flat(),
    provenance: [...differencesTable(results, labelsInWords), ...runsTable(results)],
    details,
  };
}
