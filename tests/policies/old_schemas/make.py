"""Writes one small policy file for every schema that was, as the programs of its time laid it out.

    python3 make.py DIRECTORY

The keys are those that the writers of each schema knew: schema 1 had no heads, schema 2 no served
ranges and fewer fields of the encoder, schema 3 said nothing of the training at first, schema 4 no
number of members. The bytes are in this folder; policy_file_test.cpp reads them.
"""
import json
import math
import os
import struct
import sys
import zlib

KNOBS = [
    {"application": False, "levels": [1e8, 2e8], "name": "cpu"},
    {"application": False, "levels": [1e8, 2e8, 4e8], "name": "gpu"},
]
REWARD = {
    "energy_reference_joules": 0.25,
    "eta": 0.75,
    "latency_reference_seconds": 0.5,
    "miss_penalty": 0.0,
    "rho": 0.125,
}
PROVENANCE = {"logs": ["a.csv"], "scenario": "closed loop", "seed": 7, "simulated": True, "version": "0.1.0"}
ENCODER_1 = {
    "eta": 0.75,
    "period_seconds": 0.5,
    "power_scale_watts": 20.0,
    "queue_scale": 64.0,
    "rate_scale": 100.0,
    "slack_scale_seconds": 10.0,
    "with_arrivals": False,
    "with_deadline": False,
    "with_effective": True,
    "with_eta": False,
    "with_power": True,
    "with_queue": False,
    "with_slack": False,
    "with_temperature": False,
    "with_utilization": False,
}
ENCODER_2 = {**ENCODER_1, "with_previous_action": False, "with_t_as": True, "with_vector_to_go": True}
ENCODER_3 = {**ENCODER_2, "limit": 1.0, "limit_scale": 1.0, "with_limit": False, "with_mode": False}
ENCODER_4 = {
    **ENCODER_3,
    "bandwidth_scale": 8e6,
    "with_action_age": False,
    "with_bandwidth": False,
    "with_lambda": False,
    "with_top_share": False,
}
PREVIOUS = ["previous_action.cpu", "previous_action.gpu"]
OBSERVATION_2 = ["effective.cpu", "effective.gpu", "power", "t_as", "vector_to_go.cpu", "vector_to_go.gpu"]
OBSERVATION_1 = OBSERVATION_2[:3] + PREVIOUS + OBSERVATION_2[3:]


def metadata(schema):
    entries = {
        "format": "flyball-policy",
        "schema": str(schema),
        "board": "test-board",
        "knobs": [{**knob, "cap": False} for knob in KNOBS] if schema >= 4 else KNOBS,
        "encoder": [ENCODER_1, ENCODER_2, ENCODER_3, ENCODER_4][schema - 1],
        "observation": OBSERVATION_1 if schema == 1 else OBSERVATION_2,
        "reward": REWARD,
        "cost_output": {"exponential": False, "offset": 3.0, "scale": 0.5},
        "constraint": {"kind": "latency", "limit": 1.4, "margin": 0.99},
        "constraint_output": {"exponential": True, "offset": 0.2, "scale": 0.5},
        "support": "f3",
        "provenance": PROVENANCE,
    }
    if schema >= 2:
        entries["heads"] = {"constraint": "branching", "cost": "smooth"}
    if schema >= 3:
        entries["served"] = {"limit": [0.5, 2.0]}
    if schema >= 4:
        entries["training"] = {"credit": "whole_batches", "gamma": 0.5, "in_time_share": 0.99}
    return {k: v if isinstance(v, str) else json.dumps(v, separators=(",", ":")) for k, v in entries.items()}


def tensors(schema, inputs):
    outputs = 6 if schema == 1 else 5  # of the constraint: joint, or a branch per level
    shapes = {
        "cost.0.weight": [4, inputs],
        "cost.0.bias": [4],
        "cost.1.weight": [3, 4],
        "cost.1.bias": [3],
        "cost.phi": [6, 3],
        "constraint.0.weight": [outputs, inputs],
        "constraint.0.bias": [outputs],
    }
    values, step = {}, 0
    for name, shape in sorted(shapes.items()):
        count = math.prod(shape)
        values[name] = (shape, [math.sin(step + i) / 2 for i in range(count)])
        step += count
    return values


def write(path, entries, networks):
    header, data, crc = {}, b"", 0
    for name, (shape, values) in sorted(networks.items()):
        raw = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    for key in sorted(entries):
        crc = zlib.crc32(f"{key}\0{entries[key]}\0".encode(), crc)
    for name, (shape, _) in sorted(networks.items()):
        begin, end = header[name]["data_offsets"]
        crc = zlib.crc32(f"{name}\0{','.join(map(str, shape))}\0".encode() + data[begin:end], crc)
    header["__metadata__"] = {**entries, "checksum": f"crc32:{crc:08x}"}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main():
    (directory,) = sys.argv[1:]
    for schema in (1, 2, 3, 4):
        write(os.path.join(directory, f"schema-{schema}.flyball"), metadata(schema), tensors(schema, 8 if schema == 1 else 6))
    slack = metadata(1)
    slack["encoder"] = json.dumps({**ENCODER_1, "with_slack": True, "with_power": False})
    slack["observation"] = json.dumps(
        OBSERVATION_1[:2] + ["slack.present", "slack"] + OBSERVATION_1[3:]
    )
    write(os.path.join(directory, "schema-1-slack.flyball"), slack, tensors(1, 9))


main()
