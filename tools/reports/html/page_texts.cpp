#include "tools/reports/html/page_texts.h"

namespace flyball {

// Okabe and Ito's colours, darkened or lightened until they stand out from the page.
const char* page_style() {
  return R"css(
:root{color-scheme:light dark;--page:#fff;--ink:#1a1a1a;--soft:#555;--rule:#ccc;--head:#f2f2f2;
--c0:#005f9e;--c1:#b34700;--c2:#006b4f;--c3:#8f3f71;--c4:#7a5c00;--c5:#444;--c6:#2a7ab0;--c7:#a01f1f}
@media (prefers-color-scheme:dark){:root{--page:#16181b;--ink:#eee;--soft:#b5b5b5;--rule:#444;
--head:#24272b;--c0:#6cb8f0;--c1:#ff9a57;--c2:#4fd1a5;--c3:#e59ac4;--c4:#e0c04a;--c5:#c8c8c8;
--c6:#9fd4f7;--c7:#ff8f8f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1rem;background:var(--page);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif}
a{color:var(--c0)}
h1{font-size:1.5rem}h2{font-size:1.25rem;margin-top:2rem}h3{font-size:1rem;margin:.5rem 0}
code{overflow-wrap:anywhere;background:var(--head);padding:.1rem .3rem}
.scroll{overflow-x:auto;border:1px solid var(--rule)}
:focus-visible{outline:3px solid var(--c1);outline-offset:2px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;white-space:nowrap}
caption{text-align:left;padding:.4rem;color:var(--soft);white-space:normal}
th,td{padding:.25rem .6rem;text-align:right;border-top:1px solid var(--rule)}
thead th{background:var(--head)}
th:first-child{text-align:left}
figure{margin:1rem 0;padding:.5rem;border:1px solid var(--rule)}
figcaption{color:var(--soft)}
svg{width:100%;height:auto;font:12px system-ui,sans-serif;fill:var(--ink)}
.grid{stroke:var(--rule);fill:none}.mark{fill:none;stroke:var(--c1);stroke-width:3}
.p0{fill:var(--c0)}.p1{fill:var(--c1)}.p2{fill:var(--c2)}.p3{fill:var(--c3)}
.p4{fill:var(--c4)}.p5{fill:var(--c5)}.p6{fill:var(--c6)}.p7{fill:var(--c7)}
polyline{fill:none;stroke-width:2}
.l0{stroke:var(--c0)}.l1{stroke:var(--c1)}.l2{stroke:var(--c2)}.l3{stroke:var(--c3)}
.l4{stroke:var(--c4)}.l5{stroke:var(--c5)}.l6{stroke:var(--c6)}.l7{stroke:var(--c7)}
button{font:inherit;margin:.2rem .3rem .2rem 0;padding:.3rem .7rem;background:var(--head);
color:var(--ink);border:1px solid var(--soft);border-radius:.3rem}
summary{cursor:pointer;padding:.3rem 0}
.panel{margin:.5rem 0}.u-legend{white-space:normal}.u-legend th,.u-legend td{border:0}
)css";
}

const char* page_script() {
  return R"js(
(function(){'use strict';
var all=[];
function colour(i){return getComputedStyle(document.documentElement)
.getPropertyValue('--c'+(i%8)).trim();}
function ink(name){return getComputedStyle(document.documentElement)
.getPropertyValue(name).trim();}
function draw(figure){
var data=JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
var place=figure.querySelector('.timeline');
place.textContent='';
var charts=[];
var full=[data.x[0],data.x[data.x.length-1]];
var moving=false;
function move(from,until){
moving=true;
charts.forEach(function(c){c.setScale('x',{min:from,max:until});});
moving=false;}
data.panels.forEach(function(panel){
var box=document.createElement('div');box.className='panel';place.appendChild(box);
var series=[{label:'s'}].concat(panel.lines.map(function(line,i){
return{label:line.name,stroke:colour(i),width:1.5};}));
var axis={stroke:ink('--ink'),grid:{stroke:ink('--rule')},ticks:{stroke:ink('--rule')}};
var chart=new uPlot({title:panel.label,width:place.clientWidth,height:180,
cursor:{sync:{key:figure.id},drag:{x:true,y:false}},
scales:{x:{time:false}},axes:[axis,Object.assign({size:60},axis)],series:series,
hooks:{setScale:[function(u,key){
if(key!=='x'||moving)return;
move(u.scales.x.min,u.scales.x.max);}]}},
[data.x].concat(panel.lines.map(function(line){return line.y;})),box);
charts.push(chart);});
function by(action){
var s=charts[0].scales.x,a=s.min,b=s.max,w=b-a;
if(action==='in'){a+=w/4;b-=w/4;}
if(action==='out'){a-=w/2;b+=w/2;}
if(action==='left'){a-=w/4;b-=w/4;}
if(action==='right'){a+=w/4;b+=w/4;}
if(action==='all'){a=full[0];b=full[1];}
if(a<full[0]){b=Math.min(full[1],b+full[0]-a);a=full[0];}
if(b>full[1]){a=Math.max(full[0],a-(b-full[1]));b=full[1];}
if(b>a)move(a,b);}
figure.querySelectorAll('button').forEach(function(button){
button.onclick=function(){by(button.dataset.action);};});
all.push({charts:charts,place:place});}
function drawAll(){
all.forEach(function(f){f.charts.forEach(function(c){c.destroy();});});
all=[];
document.querySelectorAll('figure.has-timeline').forEach(draw);}
if(!window.uPlot)return;
document.querySelectorAll('.controls').forEach(function(c){c.hidden=false;});
drawAll();
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change',drawAll);
window.addEventListener('resize',function(){all.forEach(function(f){
f.charts.forEach(function(c){c.setSize({width:f.place.clientWidth,height:180});});});});
})();
)js";
}

}  // namespace flyball
