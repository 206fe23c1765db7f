# A run in three parts, and the group that merges them:
#
#   nomad job run nomad.hcl
#   nomad job dispatch -meta run=$(date +%s) -meta commit=$(git rev-parse HEAD) gaterun
#
# The host volume gaterun-shared is the same on all clients and belongs to 65532: ops.git (a mirror of the repo),
# shard.sh, state/ and parts/. gaterun-keys holds 1, 2, 3, merge and id_ed25519, mode 0400, of the same user.
# No two runs at a time: a key's log has one writer.
job "gaterun" {
  type = "batch"

  parameterized {
    meta_required = ["run", "commit"]
  }

  group "part" {
    count = 3

    # 1 and 2 are answers; a part that did not come to one is unknown when they are merged.
    restart {
      attempts = 0
      mode     = "fail"
    }
    reschedule {
      attempts  = 0
      unlimited = false
    }

    volume "shared" {
      type   = "host"
      source = "gaterun-shared"
    }
    volume "keys" {
      type      = "host"
      source    = "gaterun-keys"
      read_only = true
    }

    task "verify" {
      driver       = "docker"
      user         = "65532:65532"
      kill_timeout = "15s"

      config {
        image           = "registry.example/gaterun:1"
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
        entrypoint      = ["sh", "-ceu"]
        # The index counts from 0, parts from 1. (In a system or sysbatch job it is always 0.)
        args = [
          "git clone -q \"$SHARED/ops.git\" \"$REPO\"; git -C \"$REPO\" checkout -q \"$NOMAD_META_commit\"; PARTS=\"$SHARED/parts/$NOMAD_META_run\" exec sh \"$SHARED/shard.sh\" part $((NOMAD_ALLOC_INDEX + 1)) 3 core"
        ]
      }
      env {
        SHARED   = "/shared"
        STATE    = "/shared/state"
        KEYS     = "/keys"
        IDENTITY = "/keys/id_ed25519"
        REPO     = "/local/ops"
        HOME     = "/local"
        TMPDIR   = "/local"
      }
      volume_mount {
        volume      = "shared"
        destination = "/shared"
      }
      volume_mount {
        volume      = "keys"
        destination = "/keys"
        read_only   = true
      }
      resources {
        cpu    = 100
        memory = 256
      }
    }
  }

  group "merge" {
    restart {
      attempts = 0
      mode     = "fail"
    }
    reschedule {
      attempts  = 0
      unlimited = false
    }

    volume "shared" {
      type   = "host"
      source = "gaterun-shared"
    }
    volume "keys" {
      type      = "host"
      source    = "gaterun-keys"
      read_only = true
    }

    task "merge" {
      driver = "docker"
      user   = "65532:65532"

      config {
        image           = "registry.example/gaterun:1"
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
        entrypoint      = ["sh", "-ceu"]
        args = [
          "git clone -q \"$SHARED/ops.git\" \"$REPO\"; git -C \"$REPO\" checkout -q \"$NOMAD_META_commit\"; PARTS=\"$SHARED/parts/$NOMAD_META_run\" exec sh \"$SHARED/shard.sh\" merge 900 3"
        ]
      }
      env {
        SHARED = "/shared"
        STATE  = "/shared/state"
        KEYS   = "/keys"
        REPO   = "/local/ops"
        HOME   = "/local"
        TMPDIR = "/local"
      }
      volume_mount {
        volume      = "shared"
        destination = "/shared"
      }
      volume_mount {
        volume      = "keys"
        destination = "/keys"
        read_only   = true
      }
      resources {
        cpu    = 100
        memory = 256
      }
    }
  }
}
