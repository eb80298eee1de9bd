// write_first_inputs FOLDER: what the fuzz targets begin with, FOLDER/TARGET/NAME.
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "env/jetson/link/flyball.h"
#include "env/logs/telemetry_log.h"
#include "tests/env/logs/sample_telemetry.h"
#include "tests/replay/hdf5/sample_dataset.h"
#include "tests/support/sample_policy.h"
#include "tools/guard/guard_wire.h"

using namespace flyball;

namespace {

class Folder {
 public:
  explicit Folder(const std::filesystem::path& path) : path_(path) {
    std::filesystem::create_directories(path);
  }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, std::string_view bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void write_logs(const std::filesystem::path& all) {
  std::mt19937_64 random(1);
  std::vector<TelemetryRow> rows;
  for (int i = 0; i < 3; ++i) rows.push_back(random_row(random, true));
  write_telemetry_log(Folder(all / "telemetry_log").file("log"), {small_header(), rows});
  const Folder tegrastats(all / "tegrastats");
  tegrastats.write("jetpack4",
                   "RAM 1000/4000MB (lfb 2x2MB) SWAP 1/2MB (cached 6MB) CPU [5%@1224,off] EMC_FREQ "
                   "7%@1600 GR3D_FREQ 12%@76 PLL@37C GPU@40.5C POM_5V_IN 1750/1628\n");
  tegrastats.write("jetpack5",
                   "09-01-2026 09:25:18 RAM 5739/7546MB (lfb 1x2MB) CPU [72%@1728,75%@1728] "
                   "GR3D_FREQ 33% cpu@50C VDD_IN 9761mW/9000mW\n");
  const Folder requests(all / "request_log");
  requests.write("csv", "arrival_s,start_s,end_s,batch\n0.5,0.5,0.61,1\n0.7,0.7,0.82,1\n");
  requests.write("semicolons", "start;end\n2026-01-09 09:25:18,5;2026-01-09 09:25:19,25\n");
  requests.write("json",
                 "{\"start\": 1.5, \"latency_ms\": 20}\n{\"start\": 2, \"latency_ms\": 21}\n");
  std::string grid = "cpu_khz,gpu_hz,time_s,power_w\n";
  for (const char* cpu : {"1190400", "1420800", "1907200"}) {
    for (const char* gpu : {"204000000", "408000000", "1109250000"}) {
      grid += std::string(cpu) + "," + gpu + ",0.5,4.0\n";
    }
  }
  Folder(all / "measurements").write("grid", grid);
}

void write_link(const Folder& folder) {
  const std::uint32_t batches[] = {1, 2, 4};
  const std::string directory = folder.path().string();
  const FlyballOptions options = {directory.c_str(), 0.1, batches, 3};
  FlyballLink* link = flyball_open(&options);
  FlyballRequest request = flyball_begin(link, flyball_now_ns());
  flyball_end(link, &request);
  std::filesystem::copy_file(folder.path() / "link", folder.path() / "first");
  flyball_close(link);
}

void write_requests(const Folder& folder) {
  std::string all;
  for (const GuardCall call : {GuardCall::kLend, GuardCall::kApply, GuardCall::kLook,
                               GuardCall::kApply, GuardCall::kGiveBack}) {
    GuardRequest request{};
    request.call = call;
    request.count = 2;
    request.knobs = {0, 1};
    request.setting[0] = {0, 1};
    all.append(reinterpret_cast<const char*>(&request), sizeof request);
  }
  folder.write("session", all);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path all = argv[1];
  write_logs(all);
  write_link(Folder(all / "link"));
  write_requests(Folder(all / "guard"));
  save_policy(Folder(all / "policy").file("small"), sample_policy());
  write_dataset(Folder(all / "dataset").file("small"), sample_info(), sample_transitions());
  const Folder toml(all / "toml");
  for (const auto& entry :
       std::filesystem::directory_iterator(FLYBALL_SOURCE_DIR "/configs/boards")) {
    if (entry.path().extension() == ".toml") {
      std::filesystem::copy_file(entry.path(), toml.file(entry.path().stem()));
    }
  }
}
