// What flyballd costs, all its processes together, beside what was asked of it. Not a test.
//
//   bench_daemon [--board ID] [--root DIR] [--daemon FILE] [--seconds S] [--ticks N] [--no-judge]
//
// The board is an emulated one's tree as ordinary files in memory: what is measured is flyballd and
// the kernel's way to a file, no simulation. --root takes a tree that is there already, a board's
// own or one that `flyball emulate` mounted, whose time is then in the figures. The policy changes
// every clock at every decision. Parts: 10 decisions a second for S seconds (30); N ticks (100000)
// of 1 ms with allocations counted; 15 starts; S seconds with every CPU loaded.
//
// CPU time is that of the kernel's books (/proc/PID/schedstat), memory the proportional set size.
// Exit codes: 0, 1 where a figure missed its target (--no-judge: 0), 2 command line, 3 else.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "env/jetson/directory_scan.h"
#include "env/jetson/sysfs_file.h"
#include "tests/bench/daemon_tree.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace flyball {

namespace {

using std::chrono::steady_clock;

constexpr double kSettleSeconds = 3.0;
constexpr int kStarts = 15;

struct Options {
  std::string board = "xavier-nx-8gb";
  std::string root;
  std::string daemon = FLYBALLD;
  double seconds = 30.0;
  int ticks = 100000;
  bool judge = true;
};

void sleep_seconds(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The first process that `parent` has forked; 0: none.
pid_t child_of(pid_t parent) {
  const std::string number = std::to_string(parent);
  std::ifstream in("/proc/" + number + "/task/" + number + "/children");
  pid_t child = 0;
  in >> child;
  return child;
}

// flyballd with its guard and the watcher, from the start to a SIGTERM.
class Running {
 public:
  Running(const std::string& daemon, const std::filesystem::path& folder,
          const std::filesystem::path& root, std::vector<std::string> more)
      : output_(folder / "output"),
        gpu_(find_gpu_devfreq(root_text(root)) + "/max_freq"),
        former_(gpu()),
        started_(steady_clock::now()),
        process_(words(daemon, folder, root, std::move(more)), output_) {}

  // Seconds from the start until the first decision stands in the GPU's file.
  double wait_for_decision() {
    const auto patience = std::chrono::seconds(20);
    while (gpu() == former_) {
      if (steady_clock::now() - started_ > patience) {
        throw std::runtime_error("flyballd decided nothing:\n" + contents(output_));
      }
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    const std::chrono::duration<double> took = steady_clock::now() - started_;
    return took.count();
  }

  // Of the three; after the first decision.
  std::vector<pid_t> processes() const {
    const pid_t guard = child_of(process_.pid());
    return {process_.pid(), guard, child_of(guard)};
  }
  double cpu_seconds() const {
    double sum = 0.0;
    for (const pid_t process : processes()) {
      std::ifstream in(fmt::format("/proc/{}/schedstat", process));
      double nanoseconds = 0.0;
      in >> nanoseconds;
      sum += nanoseconds * 1e-9;
    }
    return sum;
  }
  double megabytes() const {
    double kilobytes = 0.0;
    for (const pid_t process : processes()) {
      std::ifstream in(fmt::format("/proc/{}/smaps_rollup", process));
      for (std::string line; std::getline(in, line);) {
        if (line.starts_with("Pss:")) kilobytes += std::stod(line.substr(4));
      }
    }
    return kilobytes * 1024e-6;
  }
  bool is_fifo() const { return sched_getscheduler(process_.pid()) == SCHED_FIFO; }

  nlohmann::json end() {
    process_.signal(SIGTERM);
    const int code = process_.wait();
    const std::string text = contents(output_);
    if (code != 0) throw std::runtime_error(fmt::format("flyballd: exit code {}\n{}", code, text));
    return nlohmann::json::parse(text.substr(text.find("{\n")));
  }

 private:
  static std::vector<std::string> words(const std::string& daemon,
                                        const std::filesystem::path& folder,
                                        const std::filesystem::path& root,
                                        std::vector<std::string> more) {
    std::vector<std::string> all = {
        daemon,   "run",    "--policy", (folder / "p.flyball").string(), "--root", root.string(),
        "--json", "--wait", "0"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string gpu() const { return read_text_if_any(gpu_); }

  std::filesystem::path output_;
  std::string gpu_;
  std::string former_;
  steady_clock::time_point started_;
  ChildProcess process_;
};

// One process per CPU that never waits.
class OtherWork {
 public:
  OtherWork() {
    for (unsigned cpu = 0; cpu < std::max(1U, std::thread::hardware_concurrency()); ++cpu) {
      const pid_t process = fork();
      if (process == 0) work_for_ever();
      processes_.push_back(process);
    }
  }
  ~OtherWork() {
    for (const pid_t process : processes_) {
      kill(process, SIGKILL);
      waitpid(process, nullptr, 0);
    }
  }
  OtherWork(const OtherWork&) = delete;
  OtherWork& operator=(const OtherWork&) = delete;

 private:
  [[noreturn]] static void work_for_ever() {
    std::atomic<unsigned> turns{0};
    while (true) ++turns;
  }

  std::vector<pid_t> processes_;
};

// Counts in a file what processes with the module preloaded ask of the heap.
class AllocationCount {
 public:
  explicit AllocationCount(const std::filesystem::path& folder)
      : path_((folder / "allocations").string()) {
    std::ofstream(path_) << std::string(8, '\0');
    setenv("FLYBALL_ALLOCATIONS", path_.c_str(), 1);
    setenv("LD_PRELOAD", COUNT_ALLOCATIONS, 1);
  }
  ~AllocationCount() {
    unsetenv("LD_PRELOAD");
    unsetenv("FLYBALL_ALLOCATIONS");
  }
  AllocationCount(const AllocationCount&) = delete;
  AllocationCount& operator=(const AllocationCount&) = delete;

  std::uint64_t value() const {
    const std::string bytes = contents(path_);
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
    return number;
  }

 private:
  std::string path_;
};

// The table: what was measured, what was asked.
class Figures {
 public:
  Figures() { row("figure", "measured", "target", ""); }

  void judge(const std::string& name, double value, double most, const char* unit) {
    const bool is_kept = value <= most;
    missed_ += is_kept ? 0 : 1;
    row(name, fmt::format("{:.4g} {}", value, unit), fmt::format("<= {:g} {}", most, unit),
        is_kept ? "ok" : "missed");
  }
  void tell(const std::string& name, const std::string& value) { row(name, value, "", ""); }
  int missed() const { return missed_; }

 private:
  static void row(const std::string& name, const std::string& value, const std::string& target,
                  const char* verdict) {
    fmt::print("{:<58} {:>14}  {:<12} {}\n", name, value, target, verdict);
    std::fflush(stdout);
  }

  int missed_ = 0;
};

double microseconds(const nlohmann::json& summary, const char* key) {
  return 1e6 * summary[key].get<double>();
}

std::string quantiles(const nlohmann::json& summary) {
  return fmt::format("{:.0f} / {:.0f} us", microseconds(summary, "p50_seconds"),
                     microseconds(summary, "max_seconds"));
}

// A policy that did not govern would have cost nothing.
void require_governed(const nlohmann::json& report) {
  const double decisions = report["decisions"].get<double>();
  const double left = report["left_to_kernel"].get<double>();
  if (report["errors"] == 0 && left <= 0.05 * decisions + 5.0) return;
  throw std::runtime_error("the policy did not govern:\n" + report.dump(2));
}

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {
    const BoardConfig board = load_board(options.board);
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    save_policy(folder_.path() / "p.flyball", restless_policy(board.board));
    root_ = options.root;
    if (!options.root.empty()) return;
    root_ = folder_.path() / "root";
    write_emulated_tree(board, root_);
    requests_.emplace(root_);
  }

  int run() {
    measure_ten_hertz();
    measure_milliseconds();
    measure_starts();
    measure_loaded();
    return figures_.missed();
  }

 private:
  std::unique_ptr<Running> start(std::vector<std::string> more) {
    return std::make_unique<Running>(options_.daemon, folder_.path(), root_, std::move(more));
  }

  void measure_ten_hertz() {
    const auto daemon = start({"--period", "0.1", "--sample", "0.1"});
    daemon->wait_for_decision();
    sleep_seconds(kSettleSeconds);
    const double cpu = daemon->cpu_seconds();
    const auto begin = steady_clock::now();
    sleep_seconds(options_.seconds);
    const std::chrono::duration<double> wall = steady_clock::now() - begin;
    const double share = (daemon->cpu_seconds() - cpu) / wall.count();
    const double megabytes = daemon->megabytes();
    const nlohmann::json report = daemon->end();
    require_governed(report);
    figures_.judge("10 Hz: tick, p99", microseconds(report["tick"], "p99_seconds"), 300.0, "us");
    figures_.tell("       p50 / largest", quantiles(report["tick"]));
    figures_.tell("10 Hz: decision with cold caches, p50 / largest", quantiles(report["decide"]));
    figures_.judge("10 Hz: CPU time of the three processes", 100.0 * share, 0.2, "%");
    figures_.judge("       memory of the three processes", megabytes, 8.0, "MB");
  }

  void measure_milliseconds() {
    const AllocationCount allocations(folder_.path());
    const auto daemon = start({"--period", "0.001", "--sample", "0.001"});
    daemon->wait_for_decision();
    sleep_seconds(kSettleSeconds);
    const std::uint64_t before = allocations.value();
    if (before == 0) throw std::runtime_error("allocations are not counted here");
    sleep_seconds(1e-3 * options_.ticks);
    const auto allocated = static_cast<double>(allocations.value() - before);
    const nlohmann::json report = daemon->end();
    require_governed(report);
    const double met = report["readings"].get<double>();
    const double skipped = report["skipped_deadlines"].get<double>();
    figures_.judge("1 ms: tick, p99", microseconds(report["tick"], "p99_seconds"), 300.0, "us");
    figures_.tell("      p50 / largest", quantiles(report["tick"]));
    figures_.judge("1 ms: decision, p99", microseconds(report["decide"], "p99_seconds"), 10.0,
                   "us");
    figures_.tell("      p50 / largest", quantiles(report["decide"]));
    figures_.judge("1 ms: deadlines let go", 100.0 * skipped / (met + skipped), 0.1, "%");
    figures_.judge(fmt::format("1 ms: allocations in {} ticks", options_.ticks), allocated, 0.0,
                   "");
  }

  void measure_starts() {
    std::vector<double> milliseconds;
    std::vector<double> cpu;
    for (int i = 0; i < kStarts; ++i) {
      const auto daemon = start({});
      milliseconds.push_back(1e3 * daemon->wait_for_decision());
      cpu.push_back(1e3 * daemon->cpu_seconds());
      sleep_seconds(0.2);
      daemon->end();
    }
    std::ranges::sort(milliseconds);
    std::ranges::sort(cpu);
    figures_.judge("start to first decision, median", milliseconds[kStarts / 2], 20.0, "ms");
    figures_.tell("       fastest / slowest",
                  fmt::format("{:.1f} / {:.1f} ms", milliseconds.front(), milliseconds.back()));
    figures_.tell("       CPU time until then, median", fmt::format("{:.1f} ms", cpu[kStarts / 2]));
  }

  void measure_loaded() {
    const OtherWork others;
    const auto daemon = start({"--period", "0.1", "--sample", "0.1"});
    daemon->wait_for_decision();
    const bool is_fifo = daemon->is_fifo();
    sleep_seconds(options_.seconds);
    const nlohmann::json report = daemon->end();
    require_governed(report);
    const double latest = 1e3 * report["late"]["max_seconds"].get<double>();
    figures_.judge("10 Hz, every CPU loaded: latest tick", latest, 100.0, "ms");
    figures_.judge("       deadlines let go", report["skipped_deadlines"].get<double>(), 0.0, "");
    figures_.tell("       scheduled as", is_fifo ? "SCHED_FIFO" : "others");
  }

  Options options_;
  TemporaryDirectory folder_;
  std::filesystem::path root_;
  std::optional<ReportedRequests> requests_;
  Figures figures_;
};

int measure(const Options& options) {
  fmt::print("board {}, {}\n", options.board,
             options.root.empty() ? "an emulated board's tree in memory" : options.root);
  const int missed = Bench(options).run();
  if (missed > 0) fmt::print("{} targets missed\n", missed);
  return missed > 0 && options.judge ? 1 : 0;
}

}  // namespace

}  // namespace flyball

int main(int argc, char** argv) {
  using namespace flyball;
  Options options;
  CLI::App app("What flyballd costs, beside what was asked of it", "bench_daemon");
  app.add_option("--board", options.board, "Board, id or file")->capture_default_str();
  app.add_option("--root", options.root, "A tree that is there already (default: made in memory)");
  app.add_option("--daemon", options.daemon, "The flyballd that is measured")
      ->capture_default_str()
      ->check(CLI::ExistingFile);
  app.add_option("--seconds", options.seconds, "Of each part at 10 Hz")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 3600.0));
  app.add_option("--ticks", options.ticks, "Of the part at 1 ms")
      ->capture_default_str()
      ->check(CLI::Range(1000, 100000000));
  app.add_flag("!--no-judge", options.judge, "Exit with 0 where targets are missed, too");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  // A board keeps its state in memory, too (/run).
  if (std::filesystem::exists("/dev/shm")) setenv("TMPDIR", "/dev/shm", 0);
  try {
    return measure(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_daemon: {}\n", error.what());
    return 3;
  }
}
