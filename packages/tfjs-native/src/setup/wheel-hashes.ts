// Written by scripts/pin-wheels.mjs; not to be edited.
import type { WheelHashes } from "./pinned-wheels.js";

/** SHA-256 of the wheels that setup may unpack, by platform, package of PyPI and version. */
export const wheelHashes: WheelHashes = {
  "linux-x64": {
    "tensorflow-cpu": {
      "2.16.2": {
        wheel: "tensorflow-cpu==2.16.2 --hash=sha256:8ec09acc09534017e02318456f77e96947b2ab4d24d2eb580541405c45ea3b70",
      },
      "2.17.1": {
        wheel: "tensorflow-cpu==2.17.1 --hash=sha256:10567f927153f9789e7e7c92bac27f13ca22dfa0a60dc03a831343c96f4efb9e",
      },
      "2.18.1": {
        wheel: "tensorflow-cpu==2.18.1 --hash=sha256:8e0f27dbd92c6d380ae0ccfe73c7343f65c127b0aa98467c30c2e71eda7c76a4",
      },
      "2.19.1": {
        wheel: "tensorflow-cpu==2.19.1 --hash=sha256:2cb4b20fa86b04c166db1616fd466d09ec850cc3b47607cf12225469e750c476",
      },
      "2.20.0": {
        wheel: "tensorflow-cpu==2.20.0 --hash=sha256:c7a9224185818094ed95c4e114d3efe77241db35fbf0b75251fb2bf6222dd6a7",
      },
      "2.21.0": {
        wheel: "tensorflow-cpu==2.21.0 --hash=sha256:dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
      },
    },
    tensorflow: {
      "2.16.2": {
        wheel: "tensorflow==2.16.2 --hash=sha256:5badc6744672a3181c012b6ab2815975be34d0573db3b561383634acc0d46a55",
        cuda: [
          "nvidia-cublas-cu12==12.3.4.1 --hash=sha256:9b25b27bd5a5be1cc7e83a7b8004258daa338800798e22986e5b67ee06f0859d",
          "nvidia-cuda-cupti-cu12==12.3.101 --hash=sha256:7b984288af7db1faa1e6f1803db075d4350116b72a98d4be0e88d604dc812c0e",
          "nvidia-cuda-nvcc-cu12==12.3.107 --hash=sha256:a3344b94f5e89023fa17e0bbf8fb0dd26d5ef6f4091a5aab08f215e4999eac62",
          "nvidia-cuda-nvrtc-cu12==12.3.107 --hash=sha256:4db66788a37a234304a0b3203744f9a6c665f48bde65f69a096ae3b5799b5b1d",
          "nvidia-cuda-runtime-cu12==12.3.101 --hash=sha256:04604679ddca6acb96c76a7a9306282cddc16981f92e148e2dfe227078883cda",
          "nvidia-cudnn-cu12==8.9.7.29 --hash=sha256:adf4f59ed7a1341103822ed8df6e144f4d47ea8b10d9bf0ea0047ba738fd7b02",
          "nvidia-cufft-cu12==11.0.12.1 --hash=sha256:3b2c85d24d7dcc578720fdf39e2823950b5857e85164c3c1dc97184a8a8e0398",
          "nvidia-curand-cu12==10.3.4.107 --hash=sha256:d798db82ae445cf1d8bf6af9ca3bd6bb6cc87753c229a441cf8d2597b09332e5",
          "nvidia-cusolver-cu12==11.5.4.101 --hash=sha256:783a3279553feaf8e47af12cab1fa769ffd5e644ea876db3dc2252f35f9bf256",
          "nvidia-cusparse-cu12==12.2.0.103 --hash=sha256:fe9e17daf406c98c28fbc8bcf785ecd4db301bf02ce626de6aa1046de66f84bd",
          "nvidia-nccl-cu12==2.19.3 --hash=sha256:a9734707a2c96443331c1e48c717024aa6678a0e2a4cb66b2c364d18cee6b48d",
          "nvidia-nvjitlink-cu12==12.3.101 --hash=sha256:64335a8088e2b9d196ae8665430bc6a2b7e6ef2eb877a9c735c804bd4ff6467c",
        ],
      },
      "2.17.1": {
        wheel: "tensorflow==2.17.1 --hash=sha256:0c3452ab09940cbc3be896641b256855ba92154b79a90c864c5b2be79db78a64",
        cuda: [
          "nvidia-cublas-cu12==12.3.4.1 --hash=sha256:9b25b27bd5a5be1cc7e83a7b8004258daa338800798e22986e5b67ee06f0859d",
          "nvidia-cuda-cupti-cu12==12.3.101 --hash=sha256:7b984288af7db1faa1e6f1803db075d4350116b72a98d4be0e88d604dc812c0e",
          "nvidia-cuda-nvcc-cu12==12.3.107 --hash=sha256:a3344b94f5e89023fa17e0bbf8fb0dd26d5ef6f4091a5aab08f215e4999eac62",
          "nvidia-cuda-nvrtc-cu12==12.3.107 --hash=sha256:4db66788a37a234304a0b3203744f9a6c665f48bde65f69a096ae3b5799b5b1d",
          "nvidia-cuda-runtime-cu12==12.3.101 --hash=sha256:04604679ddca6acb96c76a7a9306282cddc16981f92e148e2dfe227078883cda",
          "nvidia-cudnn-cu12==8.9.7.29 --hash=sha256:adf4f59ed7a1341103822ed8df6e144f4d47ea8b10d9bf0ea0047ba738fd7b02",
          "nvidia-cufft-cu12==11.0.12.1 --hash=sha256:3b2c85d24d7dcc578720fdf39e2823950b5857e85164c3c1dc97184a8a8e0398",
          "nvidia-curand-cu12==10.3.4.107 --hash=sha256:d798db82ae445cf1d8bf6af9ca3bd6bb6cc87753c229a441cf8d2597b09332e5",
          "nvidia-cusolver-cu12==11.5.4.101 --hash=sha256:783a3279553feaf8e47af12cab1fa769ffd5e644ea876db3dc2252f35f9bf256",
          "nvidia-cusparse-cu12==12.2.0.103 --hash=sha256:fe9e17daf406c98c28fbc8bcf785ecd4db301bf02ce626de6aa1046de66f84bd",
          "nvidia-nccl-cu12==2.19.3 --hash=sha256:a9734707a2c96443331c1e48c717024aa6678a0e2a4cb66b2c364d18cee6b48d",
          "nvidia-nvjitlink-cu12==12.3.101 --hash=sha256:64335a8088e2b9d196ae8665430bc6a2b7e6ef2eb877a9c735c804bd4ff6467c",
        ],
      },
      "2.18.1": {
        wheel: "tensorflow==2.18.1 --hash=sha256:442d2a774811789a8ad948e7286cb950fe3d87d3754e8cc6449d53b03dbfdaa6",
        cuda: [
          "nvidia-cublas-cu12==12.5.3.2 --hash=sha256:ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b",
          "nvidia-cuda-cupti-cu12==12.5.82 --hash=sha256:bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953",
          "nvidia-cuda-nvcc-cu12==12.5.82 --hash=sha256:b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0",
          "nvidia-cuda-nvrtc-cu12==12.5.82 --hash=sha256:3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd",
          "nvidia-cuda-runtime-cu12==12.5.82 --hash=sha256:3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115",
          "nvidia-cudnn-cu12==9.3.0.75 --hash=sha256:9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d",
          "nvidia-cufft-cu12==11.2.3.61 --hash=sha256:9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8",
          "nvidia-curand-cu12==10.3.6.82 --hash=sha256:2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536",
          "nvidia-cusolver-cu12==11.6.3.83 --hash=sha256:93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b",
          "nvidia-cusparse-cu12==12.5.1.3 --hash=sha256:016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752",
          "nvidia-nccl-cu12==2.21.5 --hash=sha256:8579076d30a8c24988834445f8d633c697d42397e92ffc3f63fa26766d25e0a0",
          "nvidia-nvjitlink-cu12==12.5.82 --hash=sha256:f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212",
        ],
      },
      "2.19.1": {
        wheel: "tensorflow==2.19.1 --hash=sha256:35a6950f3fee0ad2d1668241d31684676f2e6eceb613cbeef960ea22014ef8fb",
        cuda: [
          "nvidia-cublas-cu12==12.5.3.2 --hash=sha256:ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b",
          "nvidia-cuda-cupti-cu12==12.5.82 --hash=sha256:bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953",
          "nvidia-cuda-nvcc-cu12==12.5.82 --hash=sha256:b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0",
          "nvidia-cuda-nvrtc-cu12==12.5.82 --hash=sha256:3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd",
          "nvidia-cuda-runtime-cu12==12.5.82 --hash=sha256:3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115",
          "nvidia-cudnn-cu12==9.3.0.75 --hash=sha256:9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d",
          "nvidia-cufft-cu12==11.2.3.61 --hash=sha256:9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8",
          "nvidia-curand-cu12==10.3.6.82 --hash=sha256:2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536",
          "nvidia-cusolver-cu12==11.6.3.83 --hash=sha256:93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b",
          "nvidia-cusparse-cu12==12.5.1.3 --hash=sha256:016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752",
          "nvidia-nccl-cu12==2.23.4 --hash=sha256:b097258d9aab2fa9f686e33c6fe40ae57b27df60cedbd15d139701bb5509e0c1",
          "nvidia-nvjitlink-cu12==12.5.82 --hash=sha256:f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212",
        ],
      },
      "2.20.0": {
        wheel: "tensorflow==2.20.0 --hash=sha256:25265b0bc527e0d54b1e9cc60c44a24f44a809fe27666b905f0466471f9c52ec",
        cuda: [
          "nvidia-cublas-cu12==12.9.3.13 --hash=sha256:d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72",
          "nvidia-cuda-cupti-cu12==12.8.90 --hash=sha256:ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182",
          "nvidia-cuda-nvcc-cu12==12.9.86 --hash=sha256:5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0",
          "nvidia-cuda-nvrtc-cu12==12.9.86 --hash=sha256:210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
          "nvidia-cuda-runtime-cu12==12.9.79 --hash=sha256:25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
          "nvidia-cudnn-cu12==9.28.0.42 --hash=sha256:9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375",
          "nvidia-cufft-cu12==11.4.1.4 --hash=sha256:c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28",
          "nvidia-curand-cu12==10.3.10.19 --hash=sha256:49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e",
          "nvidia-cusolver-cu12==11.7.5.82 --hash=sha256:15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
          "nvidia-cusparse-cu12==12.5.10.65 --hash=sha256:73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
          "nvidia-nccl-cu12==2.32.3 --hash=sha256:bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c",
          "nvidia-nvjitlink-cu12==12.9.86 --hash=sha256:e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
        ],
      },
      "2.21.0": {
        wheel: "tensorflow==2.21.0 --hash=sha256:b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0",
        cuda: [
          "nvidia-cublas-cu12==12.9.3.13 --hash=sha256:d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72",
          "nvidia-cuda-cupti-cu12==12.8.90 --hash=sha256:ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182",
          "nvidia-cuda-nvcc-cu12==12.9.86 --hash=sha256:5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0",
          "nvidia-cuda-nvrtc-cu12==12.9.86 --hash=sha256:210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
          "nvidia-cuda-runtime-cu12==12.9.79 --hash=sha256:25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
          "nvidia-cudnn-cu12==9.28.0.42 --hash=sha256:9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375",
          "nvidia-cufft-cu12==11.4.1.4 --hash=sha256:c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28",
          "nvidia-curand-cu12==10.3.10.19 --hash=sha256:49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e",
          "nvidia-cusolver-cu12==11.7.5.82 --hash=sha256:15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
          "nvidia-cusparse-cu12==12.5.10.65 --hash=sha256:73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
          "nvidia-nccl-cu12==2.32.3 --hash=sha256:bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c",
          "nvidia-nvjitlink-cu12==12.9.86 --hash=sha256:e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
        ],
      },
    },
  },
  "linux-arm64": {
    tensorflow: {
      "2.16.2": {
        wheel: "tensorflow==2.16.2 --hash=sha256:e7df529f8db271d3def80538aa7fcd6f5abe306f7b01cb5b580138df68afb499",
      },
      "2.17.1": {
        wheel: "tensorflow==2.17.1 --hash=sha256:695741b80ea9b2603a8d3f423051476c02a9cf48f4721d18c4dafbe0a8a5ca91",
      },
      "2.18.1": {
        wheel: "tensorflow==2.18.1 --hash=sha256:1ba52b9c06ab8102b31e50acfaf56899b923171e603c8942f2bfeb181d6bb59e",
      },
      "2.19.1": {
        wheel: "tensorflow==2.19.1 --hash=sha256:4c0e78b6100545fd90934c557f1ce802e6a9a7fdb031025efc298efb4aa2e3bb",
        cuda: [
          "nvidia-cublas-cu12==12.5.3.2 --hash=sha256:7d0191251180de606023d396b94d66f66470a0ae96d1dbb906c7656ea0f71eda",
          "nvidia-cuda-cupti-cu12==12.5.82 --hash=sha256:d32c06490c6ba35c4323730820c7d0c4c126c04ed58d2f57275adb8d54b138fe",
          "nvidia-cuda-nvcc-cu12==12.5.82 --hash=sha256:ab02fe922cee01235b7950f045042219fe83e15aceb4cd3c1d36db30b034dec7",
          "nvidia-cuda-nvrtc-cu12==12.5.82 --hash=sha256:5bb6a0eb01d4974bb7ca3d48bd3859472debb3c3057a5e7de2b08fbdf35eed7e",
          "nvidia-cuda-runtime-cu12==12.5.82 --hash=sha256:71f015dbf9df05dd71f7480132c6ebf47a6ceb2ab53d7db8e08e4b30ebb87e14",
          "nvidia-cudnn-cu12==9.3.0.75 --hash=sha256:c5cf7ff3415e446adf195a5b7dd2ba56cd00c3ee78bfdc566e51698931aa4b7f",
          "nvidia-cufft-cu12==11.2.3.61 --hash=sha256:6d45b48a5ee7599e57131129cda2c58544d9b78b95064d3ec3e5c6b96e2b58cc",
          "nvidia-curand-cu12==10.3.6.82 --hash=sha256:36aabeb5990297bbce3df324ea7c7c13c3aabb140c86d50ab3b23e4ec61672f1",
          "nvidia-cusolver-cu12==11.6.3.83 --hash=sha256:1b8b77d2fe8abe72bb722dafb708cceaeb81f1a03999477f20b33b34f46ab885",
          "nvidia-cusparse-cu12==12.5.1.3 --hash=sha256:7b97fd01f0a61628af99d0efd52132fccc8c18fc5c509f13802dccf0574a19c2",
          "nvidia-nccl-cu12==2.23.4 --hash=sha256:aa946c8327e22ced28e7cef508a334673abc42064ec85f02d005ba1785ea4cec",
          "nvidia-nvjitlink-cu12==12.5.82 --hash=sha256:98103729cc5226e13ca319a10bbf9433bbbd44ef64fe72f45f067cacc14b8d27",
        ],
      },
      "2.20.0": {
        wheel: "tensorflow==2.20.0 --hash=sha256:2bfbfb3dd0e22bffc45fe1e922390d27753e99261fab8a882e802cf98a0e078f",
        cuda: [
          "nvidia-cublas-cu12==12.9.3.13 --hash=sha256:918a8781956115d34b1db49e0e7b7befba8d101661c4b560ed4d42e0e17bebc3",
          "nvidia-cuda-cupti-cu12==12.8.90 --hash=sha256:4412396548808ddfed3f17a467b104ba7751e6b58678a4b840675c56d21cf7ed",
          "nvidia-cuda-nvcc-cu12==12.9.86 --hash=sha256:44e1eca4d08926193a558d2434b1bf83d57b4d5743e0c431c0c83d51da1df62b",
          "nvidia-cuda-nvrtc-cu12==12.9.86 --hash=sha256:096d4de6bda726415dfaf3198d4f5c522b8e70139c97feef5cd2ca6d4cd9cead",
          "nvidia-cuda-runtime-cu12==12.9.79 --hash=sha256:83469a846206f2a733db0c42e223589ab62fd2fabac4432d2f8802de4bded0a4",
          "nvidia-cudnn-cu12==9.28.0.42 --hash=sha256:f88db8fc1a0a5f458e19aa7b08fbe3500aeb9e2bb8dea6293ecbce170364ad72",
          "nvidia-cufft-cu12==11.4.1.4 --hash=sha256:1a28c9b12260a1aa7a8fd12f5ebd82d027963d635ba82ff39a1acfa7c4c0fbcf",
          "nvidia-curand-cu12==10.3.10.19 --hash=sha256:de663377feb1697e1d30ed587b07d5721fdd6d2015c738d7528a6002a6134d37",
          "nvidia-cusolver-cu12==11.7.5.82 --hash=sha256:62efa83e4ace59a4c734d052bb72158e888aa7b770e1a5f601682f16fe5b4fd2",
          "nvidia-cusparse-cu12==12.5.10.65 --hash=sha256:221c73e7482dd93eda44e65ce567c031c07e2f93f6fa0ecd3ba876a195023e83",
          "nvidia-nccl-cu12==2.32.3 --hash=sha256:061af42ae1044816820e16b872075e243d1ac0656f51860fbc8e106c257aa83a",
          "nvidia-nvjitlink-cu12==12.9.86 --hash=sha256:994a05ef08ef4b0b299829cde613a424382aff7efb08a7172c1fa616cc3af2ca",
        ],
      },
      "2.21.0": {
        wheel: "tensorflow==2.21.0 --hash=sha256:b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552",
        cuda: [
          "nvidia-cublas-cu12==12.9.3.13 --hash=sha256:918a8781956115d34b1db49e0e7b7befba8d101661c4b560ed4d42e0e17bebc3",
          "nvidia-cuda-cupti-cu12==12.8.90 --hash=sha256:4412396548808ddfed3f17a467b104ba7751e6b58678a4b840675c56d21cf7ed",
          "nvidia-cuda-nvcc-cu12==12.9.86 --hash=sha256:44e1eca4d08926193a558d2434b1bf83d57b4d5743e0c431c0c83d51da1df62b",
          "nvidia-cuda-nvrtc-cu12==12.9.86 --hash=sha256:096d4de6bda726415dfaf3198d4f5c522b8e70139c97feef5cd2ca6d4cd9cead",
          "nvidia-cuda-runtime-cu12==12.9.79 --hash=sha256:83469a846206f2a733db0c42e223589ab62fd2fabac4432d2f8802de4bded0a4",
          "nvidia-cudnn-cu12==9.28.0.42 --hash=sha256:f88db8fc1a0a5f458e19aa7b08fbe3500aeb9e2bb8dea6293ecbce170364ad72",
          "nvidia-cufft-cu12==11.4.1.4 --hash=sha256:1a28c9b12260a1aa7a8fd12f5ebd82d027963d635ba82ff39a1acfa7c4c0fbcf",
          "nvidia-curand-cu12==10.3.10.19 --hash=sha256:de663377feb1697e1d30ed587b07d5721fdd6d2015c738d7528a6002a6134d37",
          "nvidia-cusolver-cu12==11.7.5.82 --hash=sha256:62efa83e4ace59a4c734d052bb72158e888aa7b770e1a5f601682f16fe5b4fd2",
          "nvidia-cusparse-cu12==12.5.10.65 --hash=sha256:221c73e7482dd93eda44e65ce567c031c07e2f93f6fa0ecd3ba876a195023e83",
          "nvidia-nccl-cu12==2.32.3 --hash=sha256:061af42ae1044816820e16b872075e243d1ac0656f51860fbc8e106c257aa83a",
          "nvidia-nvjitlink-cu12==12.9.86 --hash=sha256:994a05ef08ef4b0b299829cde613a424382aff7efb08a7172c1fa616cc3af2ca",
        ],
      },
    },
  },
  "darwin-arm64": {
    tensorflow: {
      "2.16.2": {
        wheel: "tensorflow==2.16.2 --hash=sha256:917366179b596d0dae13e194a26965229b09fef946e4a5892a47fa9b4f7e4ba1",
      },
      "2.17.1": {
        wheel: "tensorflow==2.17.1 --hash=sha256:d43698039fd057ee6d7c3f908c4e9a6e310be6e77adda419bae3fee5ca7192fe",
      },
      "2.18.1": {
        wheel: "tensorflow==2.18.1 --hash=sha256:98afa9c7f21481cdc6ccd09507a7878d533150fbb001840cc145e2132eb40942",
      },
      "2.19.1": {
        wheel: "tensorflow==2.19.1 --hash=sha256:02c69369a82709827c6a5218c6697ee94dcd1397230319cc17c47a3342249354",
      },
      "2.20.0": {
        wheel: "tensorflow==2.20.0 --hash=sha256:52b122f0232fd7ab10f28d537ce08470d0b6dcac7fff9685432daac7f8a06c8f",
      },
      "2.21.0": {
        wheel: "tensorflow==2.21.0 --hash=sha256:56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712",
      },
    },
  },
};
