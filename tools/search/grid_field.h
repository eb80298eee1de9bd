// A search on a table of measurements: each sample drawn with noise, as the board would give it.
#pragma once

#include <string>

#include "tools/search/measured_grid.h"
#include "tools/search/search_field.h"

namespace flyball {

class GridField final : public SearchField {
 public:
  // Throws DataError where the grid has no such workload.
  GridField(MeasuredGrid grid, const std::string& workload, GridNoise noise);

  const SearchSpace& space() const override { return grid_.space; }
  const std::string& board() const override { return grid_.board; }
  std::string text() const override;
  void run(Search& search, const SearchProblem& problem, std::size_t taken, std::size_t samples,
           const std::function<void(const SearchSample&)>& told) override;

  const MeasuredGrid& grid() const { return grid_; }
  const WorkloadSurface& surface() const { return surface_; }

 private:
  MeasuredGrid grid_;
  WorkloadSurface surface_;
  GridNoise noise_;
};

}  // namespace flyball
