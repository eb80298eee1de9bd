// Serves the remote part of a split network by the Open Inference Protocol (inference.proto). Its
// threads are gRPC's; the object itself is for one thread. The header is free of gRPC.
//
//   NOT_FOUND            another model or version than the one that is served
//   INVALID_ARGUMENT     a tensor is missing, or has another datatype, shape or number of bytes
//   RESOURCE_EXHAUSTED   a message longer than any request, or too many at once
//   UNAVAILABLE          the server ends
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/vision/split_runtime.h"

namespace flyball {

// In PEM's format.
struct ServerCertificate {
  std::string chain;
  std::string key;
};

struct InferenceServerOptions {
  std::string address = "127.0.0.1:8001";  // port 0: any that is free
  std::string model = "split";
  std::string version;
  std::optional<ServerCertificate> certificate;  // absent: no TLS
};

class InferenceServer {
 public:
  // `runtime` must outlive the server. Throws std::runtime_error naming the address, or the
  // certificate, where it cannot begin.
  InferenceServer(const SplitRuntime& runtime, const InferenceServerOptions& options);
  ~InferenceServer();  // drain(0)
  InferenceServer(const InferenceServer&) = delete;
  InferenceServer& operator=(const InferenceServer&) = delete;

  int port() const;

  struct Counts {
    std::uint64_t answered = 0;
    std::uint64_t refused = 0;  // with NOT_FOUND or INVALID_ARGUMENT
    double compute_seconds = 0.0;
  };
  Counts counts() const;

  // Takes no more requests, and cancels those that are not done after so long. Returns when none is
  // left.
  void drain(double seconds);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flyball
