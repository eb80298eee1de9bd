// What bench_daemon runs flyballd on: an emulated board's tree as ordinary files, a policy that
// changes every clock at every decision, and a program that reports requests.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include "policies/policy_file.h"
#include "tests/env/jetson/link/link_bench.h"
#include "tools/config/board_config.h"

namespace flyball {

// Copies what `flyball emulate` would mount for the board (its newest JetPack) below `root`, which
// is made. Nothing answers there: what is written stays. Throws std::runtime_error,
// std::filesystem::filesystem_error.
void write_emulated_tree(const BoardConfig& board, const std::filesystem::path& root);

// Networks 128-64-32 for cost and constraint over all CPU and GPU frequencies, which observe all
// that a board and an application tell; two settings in the middle follow each other.
PolicyFile restless_policy(const Board& board);

// Thirty requests a second by the application link, 5 ms each, until the object goes.
class ReportedRequests {
 public:
  explicit ReportedRequests(const std::filesystem::path& root);
  ~ReportedRequests();
  ReportedRequests(const ReportedRequests&) = delete;
  ReportedRequests& operator=(const ReportedRequests&) = delete;

 private:
  void serve();

  LinkPointer link_;
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace flyball
