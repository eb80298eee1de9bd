// The constant parts of a report's page. Pure.
#pragma once

namespace flyball {

// Colours and layout; light or dark as the reader's system has it.
const char* page_style();
// Draws the timelines by uPlot, where that is there, and moves all panels of one together.
const char* page_script();

// uPlot (npm, MIT licence) as it was when this program was built; empty where it could not be had.
const char* uplot_script();
const char* uplot_style();

}  // namespace flyball
