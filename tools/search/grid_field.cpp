#include "tools/search/grid_field.h"

#include <fmt/format.h>

#include <utility>

#include "tools/interrupt.h"

namespace flyball {

GridField::GridField(MeasuredGrid grid, const std::string& workload, GridNoise noise)
    : grid_(std::move(grid)), surface_(find_surface(grid_, workload)), noise_(noise) {}

std::string GridField::text() const {
  return fmt::format("{}, measured, noise {:g}, seed {}", surface_.workload, noise_.noise,
                     noise_.seed);
}

void GridField::run(Search& search, const SearchProblem&, std::size_t taken, std::size_t samples,
                    const std::function<void(const SearchSample&)>& told) {
  while (taken < samples && !interrupted()) {
    const std::optional<std::size_t> next = search.propose();
    if (!next) return;
    const SearchSample sample = measure(surface_, *next, noise_, taken);
    search.observe(sample);
    ++taken;
    told(sample);
  }
}

}  // namespace flyball
