"""The pages in a real browser: without a network, on a telephone, printed, and by keyboard alone."""

from __future__ import annotations

import itertools
import os
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from advice_samples import advice
from audit_samples import labels, layer
from browser import browser, installed
from record_samples import sample

from tolman.advise.page import render as render_advice
from tolman.audit.activations import Layer
from tolman.audit.analysis import audit
from tolman.audit.labels import Feature
from tolman.audit.page import render as render_audit
from tolman.report.site import render as render_report

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        installed() is None, reason="SKIPPED, no page was opened: there is no Chromium here (apt-get install chromium)"
    ),
]

PAGES = ("report", "audit", "advice", "sweep")
CLAIMS = ("parametric-latent", "a-claim-whose-name-is-longer-than-a-line-" + "of-a-telephone-" * 3 + "is")

SILENT = SimpleNamespace(start=lambda *_: None, update=lambda *_: None, finish=lambda *_: None)

DRAWN = """
Array.from(document.querySelectorAll('.chart')).every(chart => {
  const svg = chart.querySelector('svg');
  return svg && svg.getBoundingClientRect().height > 20 &&
    svg.querySelectorAll('.mark-rect path, .mark-symbol path, .mark-line path, .mark-rule line').length > 0;
})
"""
OVERFLOWING = """
Array.from(document.querySelectorAll('body *')).filter(e => !e.closest('.wide') && e.getBoundingClientRect().right >
  document.documentElement.clientWidth + 1 && getComputedStyle(e).position !== 'absolute' && !e.closest('svg')).map(
  e => e.tagName + '.' + e.className)
"""
OUTSIDE = """
Array.from(document.querySelectorAll('.chart')).filter(chart => chart.checkVisibility()).flatMap(chart => {
  const room = chart.getBoundingClientRect(), drawn = chart.querySelector('svg').getBoundingClientRect();
  const within = e => (r => r.left >= room.left - 1 && r.right <= room.right + 1 &&
    r.top >= drawn.top - 1 && r.bottom <= drawn.bottom + 1)(e.getBoundingClientRect());
  const said = Array.from(chart.querySelectorAll('svg text')).filter(e => e.textContent);
  const wide = room.left < -1 || room.right > document.documentElement.clientWidth + 1;
  return [...(wide ? [chart.id] : []), ...(said.length ? [] : [chart.id + ' says nothing']),
    ...said.filter(e => !within(e) || e.textContent.includes('\u2026')).map(e => chart.id + ': ' + e.textContent)];
})
"""
"""Figures outside the window, and their texts outside them or cut off."""

SETTLED = """
new Promise(done => { let last = '', same = 0; const look = () => {
  const now = Array.from(document.querySelectorAll('.chart svg'), svg => svg.outerHTML).join('');
  same = now === last ? same + 1 : 0; last = now;
  same > 5 ? done(true) : setTimeout(look, 50); }; look(); })
"""
FOCUSABLE = """
Array.from(document.querySelectorAll('a[href], summary, button, input, [tabindex="0"]')).filter(
  e => e.checkVisibility() && !e.closest('.vega-actions')).length
"""
FOCUSED = """
(e => e === document.body ? null : [e.tagName, e.className, (e.textContent || '').slice(0, 30),
  parseFloat(getComputedStyle(e).outlineWidth) * (getComputedStyle(e).outlineStyle !== 'none'),
  e.scrollWidth > e.clientWidth])(document.activeElement)
"""


def swept(learner="parametric"):
    """Records of a sweep over one, two and three axes, and over one that is no number."""
    axes = {"study-a": ["world.a"], "study-b": ["world.a", "world.b"], "study-c": ["world.a", "world.b", "world.c"]}
    cells = [
        (study, dict(zip(names, cell, strict=True)))
        for study, names in axes.items()
        for cell in itertools.product((1, 2, 3), repeat=len(names))
    ]
    cells += [("study-d", {"world.order": "a-long-value-of-a-parameter" + part}) for part in ("", "-with-a-longer-one")]
    return [
        sample(study=study, tests={"latent": (20 if sum(i for i in cell.values() if type(i) is int) > 4 else seed, 20)},
               overrides=cell, world_seed=seed, model_seed=seed, learner=learner)[0]
        for study, cell in cells
        for seed in range(2)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory, study, verdict):
    """A page of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    long = {"a-learner-that-was-given-a-name-of-sixty-characters-by-a-plugin": (0.9, 0.4)}
    records = [*study(5, groups=["capital", "currency"]), *study(5, long), *study(5, preset="full")]
    shares = {"early": (0.33, 0.3), "middle": (0.5, 0.1), "decoder.layers.11.attention.output.dense": (0.77, 0.07)}
    layers = [Layer(name, "acts.npz", layer(*each)) for name, each in shares.items()]
    features = [Feature(name, values, True) for name, values in labels().items()]
    size = np.random.default_rng(0).standard_normal(160)
    features.append(Feature("a rather long name of a feature, which " + "was_written_by_a_machine_" * 3, size, False))
    made = {
        "report": render_report(records, [verdict(name, note="in 5 of 5 seeds") for name in CLAIMS]),
        "audit": render_audit(audit(layers, features, SILENT), "tolman audit acts.npz --features f.csv", "0.1"),
        "sweep": render_report(swept(), []),
        "advice": render_advice(advice(), "tolman advise capitals.csv", "0.1"),
    }
    for name, page in made.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(params=PAGES)
def page(request, pages, tab):
    """A page that is open, with every part of it unfolded and every figure drawn."""
    tab.size(1100)
    tab.open(pages / f"{request.param}.html")
    tab.value("document.querySelectorAll('main details').forEach(part => part.open = true)")
    tab.wait(DRAWN)
    if keep := os.environ.get("TOLMAN_SCREENSHOTS"):
        for width in (1100, 400):
            tab.size(width)
            tab.wait(DRAWN)
            tab.screenshot(Path(keep) / f"{request.param}-{width}.png")
        tab.size(1100)
    return tab


def test_every_figure_is_drawn_without_an_error_or_a_request(page):
    assert page.value("document.querySelectorAll('.chart').length") > 0
    assert page.value("document.body.innerText.includes('could not be drawn')") is False
    assert page.problems == []
    assert page.value("violations") == []
    assert {address.split(":")[0] for address in page.requests} == {"file"}
    assert len(page.requests) == 1


def test_the_policy_still_refuses_what_it_should(pages, tab):
    tab.open(pages / "audit.html")
    tab.value("document.body.append(Object.assign(document.createElement('script'), {text: 'window.evil = 1'}))")
    tab.value("document.body.append(Object.assign(new Image(), {src: 'https://example.org/x.png'}))")
    tab.wait("violations.length === 2")
    assert tab.value("window.evil") is None
    assert sorted(said.split()[0] for said in tab.value("violations")) == ["img-src", "script-src-elem"]


def test_it_is_readable_on_a_telephone(page):
    page.size(400)
    page.wait("document.documentElement.clientWidth === 400")
    page.wait(DRAWN)
    assert page.value(OVERFLOWING) == []
    assert page.value("document.scrollingElement.scrollWidth") <= 400
    assert page.value("Math.min(...Array.from(document.querySelectorAll('main p, main td, main th')).map("
                      "e => parseFloat(getComputedStyle(e).fontSize)))") >= 12  # fmt: skip


def test_names_that_every_object_of_javascript_has_are_drawn(pages, tab, study):
    """Vega groups by the properties of an object, and finds some there that nobody put in."""
    first, second, third = "constructor", "__proto__", "toString"
    layers = [Layer(first, "acts.npz", layer(0.33, 0.3)), Layer(second, "acts.npz", layer(0.5, 0.1))]
    features = [Feature(name, values, True) for name, values in zip((third, first), labels().values(), strict=True)]
    odd = pages / "odd.html"
    records = [*study(5, {first: (0.9, 0.4), second: (0.8, 0.3), third: (0.7, 0.2)}, groups=[first, second])]
    for page, known in (
        (render_audit(audit(layers, features, SILENT), "tolman audit acts.npz", "0.1"), (first, second, third)),
        (render_report(records, []), (first, second, third)),
        (render_report(swept(third), []), ()),
    ):
        odd.write_text(page, encoding="utf-8")
        tab.size(1100)
        tab.open(odd)
        tab.value("document.querySelectorAll('main details').forEach(part => part.open = true)")
        tab.wait(DRAWN)
        assert tab.problems == []
        said = tab.value("Array.from(document.querySelectorAll('.chart svg text'), e => e.textContent).join(' ')")
        assert [name for name in known if name not in said] == []
        assert "could not be drawn" not in tab.value("document.body.innerText")


@pytest.mark.parametrize("width", [400, 768, 1280])
def test_no_figure_is_cut_off(page, width):
    page.size(width)
    page.wait(f"window.innerWidth === {width}")
    page.value(SETTLED)
    page.wait(DRAWN)
    assert page.value(OUTSIDE) == []
    assert page.problems == []
    # A printer gives the page another width without drawing anything again.
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.value(f"(document.querySelector('main').style.width = '340px', {OUTSIDE.strip()})") == []
    page.value("document.querySelector('main').style.width = ''")
    page.call("Emulation.setEmulatedMedia", media="")


def test_it_prints_with_all_its_figures(page):
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.value(DRAWN)
    page.call("Emulation.setEmulatedMedia", media="")
    printed = page.pdf()
    assert printed.startswith(b"%PDF")
    streams = [part.partition(b"endstream")[0].strip(b"\r\n") for part in printed.split(b"stream\r\n")[1:]]
    streams = streams or [part.partition(b"endstream")[0].strip(b"\r\n") for part in printed.split(b"stream\n")[1:]]
    drawn = b"".join(zlib.decompressobj().decompress(part) for part in streams if part[:1] == b"x")
    assert drawn.count(b" re\n") + drawn.count(b" c\n") + drawn.count(b" l\n") > 20


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page):
    page.value("document.activeElement.blur(); window.scrollTo(0, 0)")
    expected = page.value(FOCUSABLE)
    reached = []
    for _ in range(expected + 60):
        page.press_tab()
        if (at := page.value(FOCUSED)) is None:
            break
        reached.append(at)
    assert len([at for at in reached if at[0] in ("A", "SUMMARY", "BUTTON", "INPUT")]) >= expected > 0
    assert [at for at in reached if not at[3]] == []
    wide = page.value(
        "Array.from(document.querySelectorAll('.wide')).filter(e => e.scrollWidth > e.clientWidth).length"
    )
    assert len([at for at in reached if at[1] == "wide" and at[4]]) >= wide
