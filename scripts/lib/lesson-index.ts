/**
 * Vite plugin: `virtual:lesson-index` tells of every lesson of a folder what the list of them shows
 * (src/protocol/lesson-index.ts). A teacher adds a file, and nothing else: it is read when the page is built, and a mistake in
 * it ends the build with its line. The development server follows the folder.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';
import type { IndexedLesson } from '../../src/protocol/lesson-index.ts';
import { parseLesson } from '../../src/session/lesson-file.ts';

const ID = 'virtual:lesson-index';
const RESOLVED = `\0${ID}`;

/** As `?lesson=` takes them (src/store/lesson-source.ts). */
const NAME = /^[a-z0-9][a-z0-9-]{0,63}\.md$/;

export function lessonIndex(folder: string): Plugin {
  return {
    name: 'lesson-index',
    resolveId: (id) => (id === ID ? RESOLVED : null),
    load(id) {
      if (id !== RESOLVED) return null;
      const lessons = readdirSync(folder)
        .filter((file) => file.endsWith('.md'))
        // By their numbers: 10 after 9.
        .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
        .map((file): IndexedLesson => {
          const path = join(folder, file);
          this.addWatchFile(path);
          if (!NAME.test(file))
            return this.error(
              `${path}: a lesson's name has small letters, digits and hyphens, and ends in .md`,
            );
          const parsed = parseLesson(readFileSync(path, 'utf8'), file);
          if (!parsed.ok) return this.error(parsed.error.reason);
          const { title, about, steps } = parsed.value;
          return { name: file.slice(0, -'.md'.length), title, about, steps: steps.length };
        });
      return `export default ${JSON.stringify(lessons)};`;
    },
    configureServer({ watcher, moduleGraph, ws }) {
      // A file that is new, or gone, is none that was watched.
      const follow = (path: string): void => {
        if (dirname(path) !== folder) return;
        const module = moduleGraph.getModuleById(RESOLVED);
        if (module) moduleGraph.invalidateModule(module);
        ws.send({ type: 'full-reload' });
      };
      watcher.add(folder);
      watcher.on('add', follow);
      watcher.on('unlink', follow);
    },
  };
}
