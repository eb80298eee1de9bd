#include "tools/reproduce/published/loudva_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

#include "env/output_file.h"
#include "env/text_file.h"

namespace flyball {

namespace {

std::string table_csv(const MeasuredTable& table) {
  std::string text = "gpu_hz,batch,seconds,watts\n";
  for (std::size_t f = 0; f < table.frequencies_hz.size(); ++f) {
    for (std::size_t b = 0; b < table.batches.size(); ++b) {
      text += fmt::format("{},{},{},{}\n", table.frequencies_hz[f], table.batches[b],
                          table.seconds[f][b], table.busy_watts[f][b]);
    }
  }
  return text;
}

std::string affine(const char* key, const AffineSeconds& seconds) {
  return fmt::format("{} = {{ fixed = {}, per_request = {} }}\n", key, seconds.fixed,
                     seconds.per_request);
}

std::string plant_toml(const MeasuredTable& table, const std::string& board) {
  return fmt::format(
             "title = \"LoudVA's AGX Xavier, as measured\"\n"
             "model = \"measured\"\n\n"
             "[boards.{}]\n"
             "table = \"measured.csv\"\n"
             "idle_watts = [{}]\n"
             "railgated_watts = {}\n"
             "preparing_watts = {}\n"
             "rail_shares = [{}]\n"
             "piece = {}\n",
             board, fmt::join(table.idle_watts, ", "), table.railgated_watts, table.preparing_watts,
             fmt::join(table.rail_shares, ", "), table.piece.value()) +
         affine("prepare", table.prepare) + affine("overlapped", table.overlapped) +
         fmt::format(
             "\n[boards.{}.serving]\n"
             "gpu_railgates = false\n"
             "gpu_polling = \"gpu_busy\"\n"
             "completion = \"whole_group\"\n",
             board);
}

}  // namespace

std::filesystem::path write_loudva_plant(const LoudvaWorld& world,
                                         const std::filesystem::path& folder) {
  write_output(folder / "measured.csv", table_csv(world.table));
  const std::filesystem::path workload = folder / "measured.toml";
  write_output(workload, plant_toml(world.table, world.board.id));
  return workload;
}

std::filesystem::path write_scaled_trace(const std::filesystem::path& trace, double limit_scale,
                                         const std::filesystem::path& file) {
  std::istringstream lines(read_text_file(trace));
  std::string text;
  std::getline(lines, text);  // the names
  for (std::string line; std::getline(lines, line);) {
    const std::size_t comma = line.rfind(',');
    text += fmt::format("\n{},{}", line.substr(0, comma),
                        limit_scale * std::stod(line.substr(comma + 1)));
  }
  text += "\n";
  write_output(file, text);
  return file;
}

std::filesystem::path write_loudva_scenario(const LoudvaScenario& scenario,
                                            const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / (scenario.name + ".toml");
  write_output(file, fmt::format("title = \"LoudVA, {}\"\n"
                                 "board = \"agx-xavier-32gb\"\n"
                                 "nvpmodel = 0\n"
                                 "workload = \"{}\"\n"
                                 "seeds = [1]\n\n"
                                 "[arrivals]\n"
                                 "kind = \"trace\"\n"
                                 "file = \"{}\"\n\n"
                                 "[objective]\n"
                                 "in_time_share = {}\n\n"
                                 "[control]\n"
                                 "knobs = [\"gpu\"]\n"
                                 "period_seconds = 0.5\n"
                                 "sample_seconds = 0.125\n",
                                 scenario.name, scenario.workload.string(), scenario.trace.string(),
                                 scenario.in_time_share));
  return file;
}

}  // namespace flyball
