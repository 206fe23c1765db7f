#!/bin/bash
if ! yq e .a x.yaml | grep -q y.yaml; then
  timeout 5 curl -fsS http://x/ && [ -f z ]
fi
