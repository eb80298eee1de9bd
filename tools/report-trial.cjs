// node report-trial.cjs DIR: opens DIR/reports/*/index.html; see report-trial.sh.
'use strict';
const fs = require('fs');
const path = require('path');
const puppeteer = require('puppeteer-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const kMostBytes = 300000;
const folder = process.argv[2];
const failures = [];
const fail = (where, what) => failures.push(`${where}: ${what}`);

function checkSize(name, file) {
  const html = fs.readFileSync(file, 'utf8');
  const bare = html.replace(/<script type="application\/json">[^]*?<\/script>/g, '')
                   .replace(/<details>[^]*?<\/details>/g, '');
  if (Buffer.byteLength(bare) > kMostBytes) fail(name, `${Buffer.byteLength(bare)} bytes without data`);
}

// All panels of the first time line, as they are drawn now.
const pictures = page => page.evaluate(() =>
    [...document.querySelectorAll('figure.has-timeline')].slice(0, 1).flatMap(
        f => [...f.querySelectorAll('canvas')].map(c => c.toDataURL())));

async function checkZoom(name, page) {
  const before = await pictures(page);
  if (before.length === 0) return;
  if (before.length < 3) fail(name, 'a time line has fewer than three panels');
  await page.focus('figure.has-timeline button[data-action="in"]');
  await page.keyboard.press('Enter');
  await new Promise(done => setTimeout(done, 200));
  const after = await pictures(page);
  before.forEach((picture, i) => {
    if (picture === after[i]) fail(name, `panel ${i} does not move when it is zoomed by keyboard`);
  });
}

async function check(browser, name, file, width, scheme) {
  const where = `${name}, ${width} px, ${scheme}`;
  const page = await browser.newPage();
  await page.setViewport({width, height: 900});
  await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: scheme}]);
  page.on('console', m => { if (m.type() === 'error') fail(where, `console: ${m.text()}`); });
  page.on('pageerror', e => fail(where, `error: ${e.message}`));
  page.on('request', r => {
    if (!r.url().startsWith('data:') && r.url() !== `file://${file}`) fail(where, `asks for ${r.url()}`);
  });
  await page.goto(`file://${file}`, {waitUntil: 'load'});
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  if (wide) fail(where, 'the page is wider than the window');
  await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true; }));
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run());
  for (const violation of found.violations) {
    fail(where, `axe: ${violation.id}: ${violation.help} (${violation.nodes[0].html.slice(0, 120)})`);
  }
  await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = false; }));
  await page.screenshot({path: path.join(folder, `${name}-${width}-${scheme}.png`), fullPage: true});
  if (width > 1000 && scheme === 'light') await checkZoom(where, page);
  await page.close();
}

(async () => {
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM, headless: true,
    args: ['--no-sandbox', '--disable-gpu']});
  const names = fs.readdirSync(path.join(folder, 'reports')).sort();
  for (const name of names) {
    const file = path.join(folder, 'reports', name, 'index.html');
    checkSize(name, file);
    await check(browser, name, file, 1280, 'light');
    await check(browser, name, file, 390, 'dark');
  }
  await browser.close();
  failures.forEach(f => console.error(`report-trial: ${f}`));
  console.log(`${names.length} reports, ${failures.length} failures; screenshots in ${folder}`);
  process.exit(failures.length === 0 ? 0 : 1);
})().catch(e => { console.error(e); process.exit(1); });
