// Drives the HTML report: node page_test.js BROWSER PAGE SCREENSHOT-DIRECTORY. See page_test.py.
"use strict";
const assert = require("assert");
const {chromium} = require("playwright-core");
const [browserPath, pagePath, screenshots] = process.argv.slice(2);

async function main() {
  const browser = await chromium.launch({executablePath: browserPath, args: ["--no-sandbox"]});
  const page = await browser.newPage({viewport: {width: 1400, height: 800}});
  const problems = [];
  page.on("pageerror", error => problems.push(String(error)));
  page.on("console", message => message.type() === "error" && problems.push(message.text()));
  page.on("request", request => request.url().startsWith("file:") || problems.push("asks for " + request.url()));
  const start = Date.now();
  await page.goto("file://" + pagePath);
  await page.waitForSelector("tbody tr[aria-rowindex]");
  console.log(`opened in ${Date.now() - start} ms`);

  const shown = () => page.textContent("#shown");
  const firstLabel = () => page.textContent("tbody tr[aria-rowindex='2'] td:first-child");
  assert.strictEqual(await shown(), "10000 of 10000 shown");
  assert((await page.locator("tbody tr").count()) < 100, "only rows in sight are drawn");

  // Filtering and scrolling 10,000 rows: the time of the work itself, measured in the page.
  const worst = await page.evaluate(() => {
    const find = document.getElementById("find");
    let most = 0;
    for (const text of ["m", "mo", "model99", "operator-failed", "op3 part4", ""]) {
      const before = performance.now();
      find.value = text;
      find.dispatchEvent(new Event("input"));
      document.body.offsetHeight;
      most = Math.max(most, performance.now() - before);
    }
    return most;
  });
  console.log(`slowest filter ${worst.toFixed(1)} ms`);
  assert(worst < 300, "filters without lag");
  const scrolled = await page.evaluate(() => {
    const before = performance.now();
    for (let i = 0; i < 100; ++i) {
      scroll.scrollTop = i * 2700;
      draw();
      document.body.offsetHeight;
    }
    return (performance.now() - before) / 100;
  });
  console.log(`a screen of rows ${scrolled.toFixed(1)} ms`);
  assert(scrolled < 50, "scrolls without lag");

  // Worst first, then by any column, up and down.
  await page.evaluate(() => { scroll.scrollTop = 0; });
  assert.strictEqual(await firstLabel(), "zoo/part0/model0.json");
  await page.click("thead button >> text=program");
  await page.click("thead button >> text=program");
  assert.strictEqual(await firstLabel(), "zoo/part99/model9999.json");
  assert.strictEqual(await page.getAttribute("th[data-field=label]", "aria-sort"), "descending");

  // By keyboard to the known difference.
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("argument-changed");
  assert.strictEqual(await shown(), "1 of 10000 shown");
  await page.keyboard.press("Enter");
  assert.strictEqual(await page.textContent("#detail h2"), "zoo/part77/model7777.json");
  const sides = await page.locator(".pair.first > div").allTextContents();
  assert.strictEqual(sides.length, 2);
  assert(sides[0].includes("add_7 = aten.add.Tensor(a, b): f32[s77, 4]") && sides[0].includes("▶ 14"), sides[0]);
  assert(sides[1].includes("add_7 = aten.add.Tensor(b, a): f32[s77, 4]"), sides[1]);
  assert.strictEqual(await page.textContent(".sides summary"), "4 equal nodes");
  assert.strictEqual(await page.locator(".sides details[open]").count(), 0);
  await page.screenshot({path: screenshots + "/light.png"});
  await page.emulateMedia({colorScheme: "dark"});
  await page.screenshot({path: screenshots + "/dark.png"});
  assert.notStrictEqual(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  await page.keyboard.press("Escape");
  assert(await page.isHidden("#detail"));

  // Arrows move; a message is text, never markup; outcome and clusters filter.
  await page.fill("#find", "");
  await page.selectOption("#outcome", {label: "fails (2500)"});
  assert.strictEqual(await shown(), "2500 of 10000 shown");
  await page.focus("#scroll");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.strictEqual(await page.getAttribute("tbody tr[aria-selected=true]", "aria-rowindex"), "3");
  assert((await page.textContent("#detail pre")).includes("<b>sizes</b> & all"));
  await page.click("#clusters button >> nth=0");
  assert.match(await shown(), /^3\d\d of 10000 shown$/);
  const linked = await browser.newPage();
  await linked.goto("file://" + pagePath + "#7777");
  assert.strictEqual(await linked.textContent("#detail h2"), "zoo/part77/model7777.json");
  await browser.close();
  assert.deepStrictEqual(problems, []);
}

main().then(() => console.log("ok"), error => {
  console.error(error);
  process.exit(1);
});
